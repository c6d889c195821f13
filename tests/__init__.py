"""Hold for every process of the tests: nothing of gRPC runs between fork and exec."""

import os

# gRPC reads it when it is imported: its fork handlers can end a child that is about to become PostgreSQL.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
