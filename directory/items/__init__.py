"""Say which service items there are (政务服务事项), what each asks for, and where it is offered (GB/T 39554)."""
