"""What must go, goes, and there is proof: plan, approve, execute, verify, certify."""
