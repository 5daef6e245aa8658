"""Staff accounts: sign-in, sessions and their ends, locks, recovery codes, invitations."""
