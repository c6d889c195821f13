"""Let the hall's business systems issue, change, end, look at and verify licences over HTTP."""
