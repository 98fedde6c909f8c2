import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from accounts.guard import Guard
from accounts.guard.checks import check_lab_stays_local, lab_fault


@pytest.mark.parametrize("hosts", [["localhost"], ["127.0.0.1", "[::1]", "a.test"], []])
def test_the_lab_may_stand_beside_local_hosts(hosts: list[str]):
    assert lab_fault(is_lab=True, allowed_hosts=hosts) is None


@pytest.mark.parametrize(
    "host", ["*", ".example.com", "10.0.0.1", "attest", "test.example.com", ""]
)
def test_the_lab_may_not_stand_beside_any_other_host(host: str):
    fault = lab_fault(is_lab=True, allowed_hosts=["localhost", host])
    assert fault is not None
    assert host in fault
    assert lab_fault(is_lab=False, allowed_hosts=["localhost", host]) is None


@override_settings(LAB=True, ALLOWED_HOSTS=["app.example.com"])
def test_the_check_and_the_guard_both_refuse():
    [error] = check_lab_stays_local()
    assert error.id == "guard.E001"
    with pytest.raises(ImproperlyConfigured, match=r"app\.example\.com"):
        Guard.from_settings()


@override_settings(
    LAB=True, ALLOWED_HOSTS=["localhost"], LAB_TABLE="", LAB_RESOLVER="127.0.0.1:5353"
)
def test_the_lab_is_filled_from_settings():
    guard = Guard.from_settings()
    assert check_lab_stays_local() == []
    assert guard.policy.is_lab
    assert guard.refusal("127.0.0.1") is None


@override_settings(
    LAB=False, OWN_NETWORKS=["8.8.8.0/24"], AUDIT_RESOLVERS=["192.0.2.1", "192.0.2.2:5353"]
)
def test_without_the_lab_loopback_and_own_networks_are_refused():
    guard = Guard.from_settings()
    assert guard.resolver_count == 2
    assert guard.refusal("1.1.1.1") is None
    codes = [getattr(guard.refusal(address), "code", None) for address in ("127.0.0.1", "8.8.8.8")]
    assert codes == ["address_not_public", "address_own_network"]
