"""Name everything that can be wrong with the directory.

DirectoryError
├── HallsMalformed   a list of halls that does not hold; names the line
└── UnknownHall      no hall has this id
"""


class DirectoryError(Exception):
    """Anything that this package refuses."""


class HallsMalformed(DirectoryError):
    """A list of halls that does not hold; `line` is the line of the file, 0 where no single line is at fault."""

    def __init__(self, line: int, fault: str) -> None:
        super().__init__(f"line {line}: {fault}" if line else fault)
        self.line = line
        self.fault = fault


class UnknownHall(DirectoryError):
    """No hall has this id."""

    def __init__(self, hall: str) -> None:
        super().__init__(f"no hall has the id {hall!r}")
        self.hall = hall
