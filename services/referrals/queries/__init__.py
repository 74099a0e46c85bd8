"""What referrals show: reading only."""
