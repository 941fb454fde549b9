"""Every table of the house, so that whoever imports this knows the whole schema."""

from trade import audit, idempotency, numbers, settings
from trade.amendments import models as amendments
from trade.applications import models as applications
from trade.approvals import models as approvals
from trade.attachments import models as attachments
from trade.backups import models as backups
from trade.banking import models as banking
from trade.books import models as books
from trade.broadcasts import models as broadcasts
from trade.catalog import models as catalog
from trade.connectors import models as connectors
from trade.credit import models as credit
from trade.db import Base
from trade.distributors import models as distributors
from trade.fulfilment import models as fulfilment
from trade.imports import models as imports
from trade.inventory import models as inventory
from trade.invoices import models as invoices
from trade.jobs import models as jobs
from trade.library import models as library
from trade.notices import models as notices
from trade.opportunities import models as opportunities
from trade.orders import models as orders
from trade.papers import models as papers
from trade.people import identities, resets
from trade.people import models as people
from trade.pricing import models as pricing
from trade.receivables import models as receivables
from trade.registrations import models as registrations
from trade.returns import models as returns
from trade.shelf import models as shelf
from trade.statements import models as statements
from trade.watch import models as watch

NOUNS = (
    amendments,
    applications,
    approvals,
    attachments,
    audit,
    backups,
    banking,
    books,
    broadcasts,
    catalog,
    connectors,
    credit,
    distributors,
    fulfilment,
    idempotency,
    identities,
    imports,
    inventory,
    invoices,
    jobs,
    library,
    notices,
    numbers,
    orders,
    papers,
    opportunities,
    people,
    pricing,
    receivables,
    registrations,
    resets,
    returns,
    settings,
    shelf,
    statements,
    watch,
)
metadata = Base.metadata
