//! Whatever the planner sees, it breaks no rule.
