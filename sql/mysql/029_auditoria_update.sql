-- Nothing here: on MySQL a trigger needs rights that a chat should not have; what it may do to `auditoria` is a grant.
DO 0
