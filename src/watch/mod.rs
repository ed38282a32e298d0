//! File events in, "look again at this workspace" out. Decides nothing about what changed.
