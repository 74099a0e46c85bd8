"""What a service process is told by its environment, typed and checked at start (variables `LOKAL_…`)."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Settings that every service has; a service adds its own in `services/<service>/settings.py`."""

    model_config = SettingsConfigDict(env_prefix="LOKAL_", extra="ignore")

    site: str = Field(description="Slug of the site that this process serves, or `city`.")
    database_url: str = Field(description="PostgreSQL URL of this service's own database.")
    rabbitmq_url: str = Field(description="AMQP URL of the city's broker, with this service's account.")
    rabbitmq_management_url: str | None = Field(
        default=None, description="HTTP URL of the broker's management API, where this service may ask it."
    )
    accept_unnamed_senders: bool = Field(
        default=False, description="Believe messages that name no sender, as releases before publish them."
    )
    public_url: str = Field(
        default="http://127.0.0.1:8080", description="The gateway's origin, as browsers and partners see it."
    )
    signing_key_file: Path = Field(description="PEM file with the stack's Ed25519 private key, mode 0600.")
    host: str = "127.0.0.1"
    port: int = Field(description="Port of this process's HTTP server (health, metrics, pages, API).")
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="`auto`: console rendering on a terminal, JSON lines elsewhere."
    )
