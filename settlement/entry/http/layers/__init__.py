"""What lies around every route: the application, its layers, its errors, and the server that runs it."""
