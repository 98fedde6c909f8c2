import pytest

from accounts.guard.addresses import AddressPolicy, parse_literal, parse_networks

PUBLIC = AddressPolicy()
LAB = AddressPolicy(is_lab=True)


def code(error: object) -> str | None:
    return getattr(error, "code", None)


def test_one_bad_answer_refuses_the_name():
    assert PUBLIC.judge("example.com", ["93.184.215.14", "8.8.8.8"]) is None
    assert code(PUBLIC.judge("example.com", ["93.184.215.14", "10.0.0.1"])) == "address_not_public"


def test_the_message_names_host_address_and_what_to_do():
    refusal = PUBLIC.judge("example.com", ["10.0.0.1"])
    assert refusal is not None
    assert "example.com resolves to 10.0.0.1" in refusal.message
    assert "enter the public name" in refusal.message


@pytest.mark.parametrize("address", ["93.184.215.0", "93.184.215.255", "2606:2800:21f::1"])
def test_the_operators_own_networks_are_refused(address: str):
    own = parse_networks(["93.184.215.0/24", "2606:2800::/32", ""])
    assert code(AddressPolicy(own_networks=own).refusal(address)) == "address_own_network"
    assert PUBLIC.refusal(address) is None


def test_a_neighbour_of_the_own_network_is_admitted():
    own = parse_networks(["93.184.215.0/24"])
    assert AddressPolicy(own_networks=own).refusal("93.184.214.255") is None


def test_own_networks_stay_refused_in_the_lab():
    policy = AddressPolicy(is_lab=True, own_networks=parse_networks(["127.9.0.0/16"]))
    assert code(policy.literal_refusal("127.9.0.1")) == "address_own_network"
    assert code(policy.judge("a.test", ["127.9.0.1"])) == "address_own_network"


@pytest.mark.parametrize("address", ["127.0.0.0", "127.0.0.2", "127.255.255.255"])
def test_the_lab_adds_loopback_for_its_names_and_literals(address: str):
    assert LAB.judge("a.test", [address]) is None
    assert LAB.literal_refusal(address) is None
    assert code(PUBLIC.judge("a.test", [address])) == "address_not_public"
    assert code(PUBLIC.literal_refusal(address)) == "address_not_public"


@pytest.mark.parametrize("address", ["10.0.0.1", "::1", "8.8.8.8", "169.254.169.254", "128.0.0.0"])
def test_names_of_the_lab_live_on_loopback_only(address: str):
    assert code(LAB.judge("a.test", ["127.0.0.2", address])) == "address_not_public"


@pytest.mark.parametrize("host", ["example.com", "mytest", "a.testing", "test.example.com"])
def test_the_lab_admits_loopback_for_no_public_name(host: str):
    assert code(LAB.judge(host, ["127.0.0.1"])) == "address_not_public"


@pytest.mark.parametrize("address", ["::1", "10.0.0.1", "0.0.0.0", "192.168.1.1", "fe80::1"])
def test_other_literals_stay_refused_in_the_lab(address: str):
    assert code(LAB.literal_refusal(address)) == "address_not_public"


def test_public_addresses_stay_admitted_in_the_lab():
    assert LAB.literal_refusal("8.8.8.8") is None
    assert LAB.judge("example.com", ["93.184.215.14"]) is None


@pytest.mark.parametrize(
    "text", ["127.1", "0x7f000001", "2130706433", "１.1.1.1", "", "example.com"]
)
def test_only_the_canonical_spelling_is_a_literal(text: str):
    assert parse_literal(text) is None
    assert code(PUBLIC.refusal(text)) == "address_malformed"


def test_a_mapped_address_is_the_ipv4_address_it_hides():
    assert str(parse_literal("::ffff:8.8.8.8")) == "8.8.8.8"


@pytest.mark.parametrize("text", ["10.0.0.0/33", "nonsense"])
def test_a_malformed_network_is_an_error(text: str):
    with pytest.raises(ValueError, match=text):
        parse_networks([text])
