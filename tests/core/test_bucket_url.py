"""The address of a bucket: what is read from it, and what is refused with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from nethra import environment

NAME = "EVIDENCE_BUCKET_URL"


def test_without_one_the_files_lie_on_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)

    assert environment.bucket(NAME) is None


def test_it_names_server_bucket_keys_and_region(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("s3://ID:a%2Fb@s3.example.org:9000/evidence?region=eu-central-1\n")
    monkeypatch.delenv(NAME, raising=False)
    monkeypatch.setenv(f"{NAME}_FILE", str(secret))

    found = environment.bucket(NAME)

    assert found is not None
    told = found["OPTIONS"]
    assert (told["endpoint_url"], told["bucket_name"]) == ("https://s3.example.org:9000", "evidence")
    assert (told["access_key"], told["secret_key"], told["region_name"]) == ("ID", "a/b", "eu-central-1")


@pytest.mark.parametrize(
    "url",
    [
        "https://ID:key@s3.example.org/evidence",
        "s3+http://ID:key@s3.example.org/evidence",
        "s3://s3.example.org/evidence",
        "s3://ID:key@s3.example.org",
        "s3://ID:key@s3.example.org/evidence/of/north",
    ],
)
def test_another_address_stops_the_start_and_the_key_is_not_told(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, url)

    with pytest.raises(ImproperlyConfigured, match="must be a URL such as s3://") as refused:
        environment.bucket(NAME)
    assert "ID:key" not in str(refused.value)
