"""Settings of the volunteers' service."""

from pydantic import Field

from shared.mail import MailSettings


class Settings(MailSettings):
    """The service's own settings besides those of every service."""

    timer_seconds: float = Field(default=5.0, gt=0, description="How often is looked for what is due.")
    answer_hours: float = Field(
        default=24.0, gt=0, le=168, description="Hours that a volunteer has to answer before the next one is asked."
    )
    rota_seconds: float = Field(default=10.0, gt=0, le=60, description="How long a week's rota is computed at most.")
    unconfirmed_days: int = Field(
        default=14, ge=1, description="Days after which a registration is removed whose mail nobody has confirmed."
    )
    certificate_months: int = Field(
        default=60, ge=1, le=120, description="Months after which a certificate of good conduct is to be shown anew."
    )
    own_page_minutes: int = Field(
        default=60, ge=5, le=720, description="How long a volunteer's own page stays open after its link from a mail."
    )
    mail_link_days: int = Field(default=14, ge=1, le=60, description="How long a link in a mail is good at most.")
    team_contact: str = Field(
        default="",
        max_length=200,
        description="How volunteers reach somebody, as mails and pages say it: `Telefon 0231 …, hilfe@…`.",
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

    def site_url(self, site: str) -> str:
        """The origin at which browsers find a site."""
        known = dict(pair.split("=", 1) for pair in self.site_urls.split() if "=" in pair)
        return known.get(site) or self.site_url_pattern.replace("{site}", site) or self.public_url
