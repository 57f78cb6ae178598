"""Any bill that already speaks FOCUS: SaaS feeds, OCI, a reseller's export."""
