"""Keep the province's electronic licences (共享资源库), and answer questions about them for a purpose."""
