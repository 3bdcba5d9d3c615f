"""Who may do what, and how a request proves who sent it: roles, accounts, keys, certificates, tokens, signatures.

Pure: keys, clocks and texts come in, answers go out. Where accounts and keys are kept is `accounts`' and `storage`'s.
"""

from identity.sender import Sender

__all__ = ["Sender"]
