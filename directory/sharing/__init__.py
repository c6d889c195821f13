"""Share information resources: apply, answer, grant, use, end (政务数据共享条例, 国务院令第809号)."""
