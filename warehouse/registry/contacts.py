"""Billing contacts: people without an account who may receive invoices."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from warehouse.registry.access_tables import billing_contacts
from warehouse.registry.callers import require_owner
from warehouse.registry.changing import changing, find_company
from warehouse.registry.database import Database
from warehouse.registry.emails import clean_email, email_key
from warehouse.registry.errors import EmailTakenError, NotFoundError
from warehouse.registry.history import OPERATOR


@dataclass(frozen=True)
class Contact:
    """An e-mail that invoices go to."""

    company_id: str
    email: str
    created_at: datetime


@dataclass(frozen=True)
class Contacts:
    """Every change is one transaction with its history row."""

    database: Database

    def list(self, company: str | None = None) -> tuple[Contact, ...]:
        """Return the company's billing contacts by e-mail."""
        columns = [each for each in billing_contacts.c if each.name != "email_key"]
        with self.database.read() as tx:
            owner = find_company(tx, company)
            require_owner(tx, owner.company_id, "look at the billing contacts")
            its = billing_contacts.c.company_id == owner.company_id
            query = select(*columns).where(its).order_by(billing_contacts.c.email_key)
            return tuple(Contact(**row) for row in tx.execute(query).mappings())

    def add(
        self, email: str, *, company: str | None = None, actor: str = OPERATOR, reason: str = ""
    ) -> Contact:
        """Add a contact. Raises EmailTakenError for one that is there in another spelling."""
        clean = clean_email(email)
        with changing(self.database, company, actor, reason) as (author, owner):
            contact = Contact(owner.company_id, clean, author.at)
            key = email_key(clean)
            here = billing_contacts.c.company_id == owner.company_id
            is_it = select(billing_contacts.c.email).where(
                here, billing_contacts.c.email_key == key
            )
            if author.transaction.execute(is_it).first():
                raise EmailTakenError(f"{email!r} already is a billing contact.", "Nothing to do.")
            author.transaction.execute(
                insert(billing_contacts).values(**vars(contact), email_key=key)
            )
            author.record("billing_contact_added")
            return contact

    def remove(
        self, email: str, *, company: str | None = None, actor: str = OPERATOR, reason: str = ""
    ) -> None:
        """Remove a contact, in whatever spelling."""
        key = email_key(email)
        with changing(self.database, company, actor, reason) as (author, owner):
            here = billing_contacts.c.company_id == owner.company_id
            gone = author.transaction.execute(
                delete(billing_contacts).where(here, billing_contacts.c.email_key == key)
            )
            if not gone.rowcount:
                raise NotFoundError(
                    f"{email!r} is no billing contact.", "`finhouse contact list` shows them."
                )
            author.record("billing_contact_removed")
