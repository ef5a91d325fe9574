"""What every command stands on: how it is given its screen, what it may say, and how it ends. No command is here."""
