"""The demonstration data: the pilot's half year in synthetic families, and a few files with dates around today.

`pilot` and `desk` say what is entered, as calls of the services' public API, without a clock and without a network;
`load` makes the calls. Nobody in these data exists.
"""
