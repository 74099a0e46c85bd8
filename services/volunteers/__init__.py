"""Will own the volunteers' register, requests and the rota for the whole city. Nothing of it is built yet."""
