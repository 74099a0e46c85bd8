"""Settings of the referrals service."""

from pydantic import Field

from shared.mail import MailSettings


class Settings(MailSettings):
    """Referrals' own settings besides those of every service."""

    stale_after_days: int = Field(
        default=90, ge=1, description="Days after which partners and offers are to be confirmed again."
    )
    timer_seconds: float = Field(default=5.0, gt=0, description="How often is looked for deadlines that are over.")
    mail_link_days: int = Field(
        default=14, ge=1, le=60, description="How long a link in a mail is good; those to contact data three days."
    )
    site_urls: str = Field(
        default="",
        description="Where each site's pages are: `site=URL`, separated by spaces; a site that is not named is at the "
        "public URL.",
    )

    def site_url(self, site: str) -> str:
        """The origin at which browsers find a site."""
        known = dict(pair.split("=", 1) for pair in self.site_urls.split() if "=" in pair)
        return known.get(site, self.public_url)
