"""Rules of referrals, without a database and without HTTP."""
