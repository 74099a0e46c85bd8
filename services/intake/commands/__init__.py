"""What the intake does. Each command is one page: load, ask the domain, change, say what happened.

A command runs in the transaction of its caller and never commits. It locks the household first (`SELECT … FOR
UPDATE`), so that two colleagues who change one file wait for each other, and adds its events to the outbox.
"""

from services.intake.commands.acting import Acting
from services.intake.commands.agreements import conclude_agreement, review_agreement, withdraw_agreement
from services.intake.commands.arrivals import take_letter
from services.intake.commands.authorities import acknowledge_notice, explain_without_benefits
from services.intake.commands.barriers import record_barrier
from services.intake.commands.care import (
    add_task,
    assign_file,
    close_protection,
    complete_task,
    open_protection,
    take_protection_step,
    write_safety_note,
)
from services.intake.commands.circles import change_legal_circle
from services.intake.commands.consents import give_consent, withdraw_consent
from services.intake.commands.contacts import correct_contact, record_contact
from services.intake.commands.correct import correct_household, protect_address
from services.intake.commands.dead_ends import give_up_copy, take_back
from services.intake.commands.erasures import acknowledge, erase_elsewhere, erase_household, waive_closed
from services.intake.commands.handovers import note_handover, start_for_site
from services.intake.commands.interpreters import wish_for_appointment, wish_for_office_hours, withdraw_wish
from services.intake.commands.leaving import interim_districts, leave_districts
from services.intake.commands.letters import refuse_letter, repeat_letter
from services.intake.commands.moves import Moved, move_household
from services.intake.commands.needs import identify_need, meet_need
from services.intake.commands.people import add_person, remove_person, return_person
from services.intake.commands.referrals import note_referral
from services.intake.commands.register import register_household
from services.intake.commands.releases import end_release, issue_release
from services.intake.commands.sites import NotKnownYet, close_site, enter_site
from services.intake.commands.visits import (
    complete_first_visit,
    miss_first_visit,
    refuse_first_visit,
    reschedule_first_visit,
    schedule_first_visit,
    waive_first_visit,
)
from services.intake.commands.volunteers import note_assignment, note_mentorship

__all__ = [
    "Acting",
    "Moved",
    "NotKnownYet",
    "acknowledge",
    "acknowledge_notice",
    "add_person",
    "add_task",
    "assign_file",
    "change_legal_circle",
    "close_protection",
    "close_site",
    "complete_first_visit",
    "complete_task",
    "conclude_agreement",
    "correct_contact",
    "correct_household",
    "end_release",
    "enter_site",
    "erase_elsewhere",
    "erase_household",
    "explain_without_benefits",
    "give_consent",
    "give_up_copy",
    "identify_need",
    "interim_districts",
    "issue_release",
    "leave_districts",
    "meet_need",
    "miss_first_visit",
    "move_household",
    "note_assignment",
    "note_handover",
    "note_mentorship",
    "note_referral",
    "open_protection",
    "protect_address",
    "record_barrier",
    "record_contact",
    "refuse_first_visit",
    "refuse_letter",
    "register_household",
    "remove_person",
    "repeat_letter",
    "reschedule_first_visit",
    "return_person",
    "review_agreement",
    "schedule_first_visit",
    "start_for_site",
    "take_back",
    "take_letter",
    "take_protection_step",
    "waive_closed",
    "waive_first_visit",
    "wish_for_appointment",
    "wish_for_office_hours",
    "withdraw_agreement",
    "withdraw_consent",
    "withdraw_wish",
    "write_safety_note",
]
