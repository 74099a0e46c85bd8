"""Settings of the referrals service."""

from pydantic import Field

from shared.mail import MailSettings


class Settings(MailSettings):
    """Referrals' own settings besides those of every service."""

    stale_after_days: int = Field(
        default=90, ge=1, description="Days after which partners and offers are to be confirmed again."
    )
    timer_seconds: float = Field(default=5.0, gt=0, description="How often is looked for deadlines that are over.")
    commands_per_second: float = Field(
        default=50.0, gt=0, description="How many commands of one partner's system are taken in the long run."
    )
    webhook_private_hosts: str = Field(
        default="",
        description="Hosts that webhooks may call though they are not public, e.g. an authority's in the city's own "
        "network; separated by spaces.",
    )
    team_contact: str = Field(
        default="",
        max_length=200,
        description="How partners without an account reach somebody, as mails and pages say it: "
        "`Telefon 0231 …, hilfe@…`.",
    )
    mail_link_days: int = Field(
        default=14, ge=1, le=60, description="How long a link in a mail is good; those to contact data three days."
    )
    site_urls: str = Field(
        default="",
        description="Where each site's pages are: `site=URL`, separated by spaces; a site that is not named is where "
        "the pattern says.",
    )
    site_url_pattern: str = Field(
        default="",
        description="Where the pages of a site are that is not named, e.g. one that opens later: "
        "`https://{site}.example.org`; without it at the public URL.",
    )

    @property
    def private_hosts(self) -> frozenset[str]:
        """Those hosts."""
        return frozenset(self.webhook_private_hosts.split())

    def site_url(self, site: str) -> str:
        """The origin at which browsers find a site."""
        known = dict(pair.split("=", 1) for pair in self.site_urls.split() if "=" in pair)
        return known.get(site) or self.site_url_pattern.replace("{site}", site) or self.public_url
