"""How it is run: servers, local host, command line, images."""
