"""Why a referral ended gets two more words, and which former major of an event a partner's program still reads."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_REASON = """
    alter table referral drop constraint ck_referral_reason, add constraint ck_referral_reason check (
        case state when 'declined' then coalesce(
            reason in ('no_capacity', 'not_eligible', 'out_of_area', 'language_unavailable', 'other'), false)
        when 'cancelled' then coalesce(reason in ({cancel}), false) else reason is null end)
"""
_BEFORE = "'consent_withdrawn', 'household_declined', 'moved_away', 'sender'"
_STATEMENTS = (
    _REASON.format(cancel=f"{_BEFORE}, 'file_closed', 'erased'"),
    """
    create table former_major (
        partner_id uuid not null,
        event text not null,
        major integer not null,
        since timestamptz not null,
        constraint pk_former_major primary key (partner_id, event),
        constraint fk_former_major_partner_id foreign key (partner_id) references partner (id),
        constraint ck_former_major_major check (major > 0)
    )
    """,
    # Programs that are connected by now know the first major alone.
    """
    insert into former_major (partner_id, event, major, since)
    select id, 'referral-cancelled', 1, now() from partner
    where exists (select from partner_access a where a.partner_id = partner.id)
        or exists (select from webhook w where w.partner_id = partner.id)
    """,
)


def upgrade() -> None:
    """Bring the tables from the previous revision to this one."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Take this revision back; what only the new words say is what it was before: taken back by the sender."""
    op.execute("drop table former_major")
    op.execute(
        "update referral set reason = 'sender' where state = 'cancelled' and reason in ('file_closed', 'erased')"
    )
    op.execute(_REASON.format(cancel=_BEFORE))
