"""The demonstration data: the pilot's half year in synthetic families, a few files with dates around today, and the
pilot's partners with their offers.

`pilot`, `desk` and `partners` say what is entered, as calls of the services' public API, without a clock and without a
network; `load` makes the calls. No person in these data exists.
"""
