//! The stand-in runner against GitHub.
