"""What the platform tells of itself: logins, inquiries, invoices and payments, dropped as files."""
