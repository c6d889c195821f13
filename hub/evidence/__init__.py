"""Export evidence of single messages."""

from hub.evidence.files import Positions, export

__all__ = ["Positions", "export"]
