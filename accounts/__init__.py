"""Accounts, devices, and the desk that helps with them. Who may do what is `identity`'s to say."""
