"""The city's figures and its register of sites.

Owns: its own archive of all events, the projections made from it (households by day, first visits, needs, contacts),
the register of sites, the accounts of the city's roles.
Publishes: site-opened.
Listens to: every event of all sites (`internal` and `public`); archives them all, counts those that it knows.

It knows ids, enumerations, counts and dates only; whatever it shows can be rebuilt from the archive.
"""
