"""Issue, change and end the hall's electronic licences; works offline, and sends each act to the hub encrypted."""
