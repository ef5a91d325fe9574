"""What a process has of the system that it runs on: no core dumps, enough open files, an end when its parent ends."""
