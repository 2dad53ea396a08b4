"""The proof's parts against published vectors: the tree of RFC 9162, Ed25519 of RFC 8032, signed notes of C2SP."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from nethra.audit.proof.ed25519 import verifies
from nethra.audit.proof.notes import BadNote, Checkpoint, PublicKey, opened, opened_by, signed
from nethra.audit.proof.tree import Tree, inclusion_proof, inclusion_proofs, node, root_by, root_of

# The entries and roots of the reference implementation of Certificate Transparency.
ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
LEAVES = [hashlib.sha256(b"\x00" + bytes.fromhex(entry)).digest() for entry in ENTRIES]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SIGNATURES = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f059"
        "5bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4"
        "302aeeb00d291612bb0c00",
    ),
]
# The example of Go's package for signed notes.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_the_roots_are_those_of_the_reference(size: int) -> None:
    assert root_of(LEAVES[:size]).hex() == ROOTS[size]


@given(st.integers(1, 70), st.data())
def test_every_leaf_proves_its_place_and_no_other(size: int, data: Any) -> None:
    leaves = [hashlib.sha256(str(number).encode()).digest() for number in range(size)]
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(leaves, index)

    assert root_by(leaves[index], index, size, proof) == root_of(leaves)
    assert (root_by(leaves[other], index, size, proof) == root_of(leaves)) is (other == index)
    assert (root_by(leaves[index], other, size, proof) == root_of(leaves)) is (other == index)
    assert root_by(leaves[index], index, size, [*proof, leaves[0]]) != root_of(leaves)
    assert root_by(leaves[index], size, size, proof) is None


@given(st.integers(0, 70), st.integers(0, 70))
def test_a_tree_goes_on_from_its_peaks(first: int, more: int) -> None:
    leaves = [hashlib.sha256(str(number).encode()).digest() for number in range(first + more)]
    begun = Tree()
    for leaf in leaves[:first]:
        begun.append(leaf)
    going = Tree(begun.peaks, begun.size)
    for leaf in leaves[first:]:
        going.append(leaf)

    assert (going.size, going.root()) == (first + more, root_of(leaves))


def test_peaks_that_fit_no_size_and_leaves_that_are_not_there_are_refused() -> None:
    with pytest.raises(ValueError, match="A tree of 3 leaves has 2 peaks, not 1"):
        Tree([LEAVES[0]], 3)
    with pytest.raises(ValueError, match="no leaf 2 among 2"):
        inclusion_proof(LEAVES[:2], 2)
    assert node(LEAVES[0], LEAVES[1]) != node(LEAVES[1], LEAVES[0])


@given(st.integers(1, 40))
def test_proofs_of_many_leaves_are_those_of_each(size: int) -> None:
    leaves = [hashlib.sha256(str(number).encode()).digest() for number in range(size)]

    proofs = inclusion_proofs(leaves, range(size))

    assert proofs == [inclusion_proof(leaves, index) for index in range(size)]
    assert inclusion_proofs(leaves, [size - 1, 0]) == [proofs[-1], proofs[0]]


@pytest.mark.parametrize("index", [-1, 3])
def test_no_proof_leads_to_a_place_that_is_not_there(index: int) -> None:
    for prove in (inclusion_proof, lambda leaves, at: inclusion_proofs(leaves, [at])):
        with pytest.raises(ValueError, match=rf"^There is no leaf {index} among 3\.$"):
            prove(LEAVES[:3], index)
    assert root_by(LEAVES[0], index, 3, []) is None


def test_a_proof_that_is_too_short_or_too_long_leads_nowhere() -> None:
    proof = inclusion_proof(LEAVES, 5)

    assert root_by(LEAVES[5], 5, 8, proof).hex() == ROOTS[8]  # type: ignore[union-attr]
    assert root_by(LEAVES[5], 5, 8, proof[:-1]) is None
    assert root_by(LEAVES[5], 5, 8, [*proof, LEAVES[0]]) is None
    assert root_by(LEAVES[0], 0, 1, []) == LEAVES[0]
    assert root_by(LEAVES[0], 0, 1, [LEAVES[1]]) is None


def test_an_empty_tree_and_one_of_nothing_but_a_leaf() -> None:
    assert Tree().root().hex() == ROOTS[0]
    assert (Tree().size, Tree().peaks) == (0, [])
    tree = Tree([LEAVES[0]], 1)
    assert tree.root() == LEAVES[0]


@pytest.mark.parametrize(("key", "message", "signature"), SIGNATURES)
def test_signatures_of_the_standard_hold(key: str, message: str, signature: str) -> None:
    parts = bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature)

    assert verifies(*parts)
    assert not verifies(parts[0], parts[1] + b"!", parts[2])


@given(st.binary(max_size=200), st.integers(0, 511))
def test_one_bit_breaks_a_signature(message: bytes, bit: int) -> None:
    private = Ed25519PrivateKey.generate()
    public, signature = private.public_key().public_bytes_raw(), private.sign(message)
    broken = bytearray(signature)
    broken[bit // 8] ^= 1 << bit % 8

    assert verifies(public, message, signature)
    assert not verifies(public, message, bytes(broken))
    assert not verifies(public[:31], message, signature)
    assert not verifies(public, message, signature[:63])


ORDER = 2**252 + 27742317777372353535851937790883648493
FIELD = 2**255 - 19


@pytest.mark.parametrize(
    "key",
    [
        # Beyond the field; of no point; zero with a sign; and 31 or 33 bytes.
        FIELD.to_bytes(32, "little"),
        (FIELD + 1).to_bytes(32, "little"),
        (2).to_bytes(32, "little"),
        (1 | 1 << 255).to_bytes(32, "little"),
        bytes(31),
        bytes(33),
    ],
)
def test_a_key_that_is_no_point_signs_nothing(key: bytes) -> None:
    _, message, signature = (bytes.fromhex(text) for text in SIGNATURES[0])

    assert not verifies(key, message, signature)


def test_a_signature_is_spelt_in_one_way() -> None:
    key, message, signature = (bytes.fromhex(text) for text in SIGNATURES[0])
    scalar = int.from_bytes(signature[32:], "little")

    again = signature[:32] + (scalar + ORDER).to_bytes(32, "little")

    assert not verifies(key, message, again)
    assert not verifies(key, message, FIELD.to_bytes(32, "little") + signature[32:])
    assert not verifies(key, message, signature + b"\0")
    # The neutral element signs everything by the bare equation: its scalar is zero, which is below the order.
    neutral = (1).to_bytes(32, "little")
    assert verifies(neutral, message, neutral + bytes(32))
    assert not verifies(neutral, message, neutral + ORDER.to_bytes(32, "little"))


def test_a_published_note_is_opened_by_its_key() -> None:
    assert opened(NOTE, [PublicKey.from_text(PETER)]).startswith("If you think")
    assert str(PublicKey.from_text(PETER)) == PETER


@pytest.fixture
def pair() -> tuple[PublicKey, Any]:
    """A key that may be known, and what signs with it."""
    private = Ed25519PrivateKey.generate()
    return PublicKey("station", private.public_key().public_bytes_raw()), private.sign


def test_a_checkpoint_goes_there_and_back(pair: Any) -> None:
    key, sign = pair
    told = Checkpoint("nethra/audit", 8, bytes.fromhex(ROOTS[8]), (("at", "1"), ("over", "20")))

    again = Checkpoint.from_text(opened(signed(told.text(), key, sign), [key]))

    assert again == told
    assert (again.told("over"), again.told("nothing")) == ("20", "")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda note: note.replace("8\n", "9\n", 1), "not one over this text"),
        (lambda note: note.replace("— station", "— elsewhere"), "None of the keys"),
        (lambda note: note.replace("\n\n", "\n"), "a text, an empty line, and signatures"),
        (lambda note: note.replace("— ", "- "), "a dash, a name, and base64"),
        (lambda note: note[:-1], "a text, an empty line, and signatures"),
    ],
)
def test_a_note_that_is_not_as_it_was_signed_is_refused(pair: Any, change: Any, sentence: str) -> None:
    key, sign = pair
    note = signed(Checkpoint("nethra/audit", 8, bytes.fromhex(ROOTS[8])).text(), key, sign)

    with pytest.raises(BadNote, match=sentence):
        opened(change(note), [key])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "log\n8\n",
        "log\n08\nAAAA\n",
        "log\neight\nAAAA\n",
        "log\n8\nAAAA\n",
        "\n8\nAAAA\n",
        "log\n8\n???\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        Checkpoint.from_text(text)


@pytest.mark.parametrize(
    "text", ["", "a", "a+b+c", PETER.replace("c74f20a3", "c74f20a4"), PETER[:-4], "+" + PETER]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        PublicKey.from_text(text)


def test_a_note_is_opened_by_whichever_signer_is_known(pair: Any) -> None:
    key, sign = pair
    first, second = PublicKey("first", bytes(32)), PublicKey("first", key.key)
    note = signed("text\n\nmore\n", key, sign)
    line = signed("text\n\nmore\n", second, sign).rpartition("\n\n")[2]

    assert opened_by(note, [first, key]) == ("text\n\nmore\n", key)
    assert opened_by(note + line, [second]) == ("text\n\nmore\n", second)
    assert opened_by(note + line, [second, key]) == ("text\n\nmore\n", key)
    with pytest.raises(BadNote, match=r"^None of the keys given signed this note\.$"):
        opened(note, [first, second])
    with pytest.raises(BadNote, match=r"^None of the keys given signed this note\.$"):
        opened(note, [])


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("— station AAAA", "A signature's line is a dash, a name, and base64."),
        ("— station ???", "A signature's line is a dash, a name, and base64."),
        ("station AAAAAAAA", "A signature's line is a dash, a name, and base64."),
        ("— station AAAAAAA=", "None of the keys given signed this note."),
    ],
)
def test_a_line_of_no_signature_is_told(pair: Any, lines: str, sentence: str) -> None:
    with pytest.raises(BadNote) as refusal:
        opened(f"text\n\n{lines}\n", [pair[0]])
    assert str(refusal.value) == sentence


def test_a_signature_over_another_text_is_told_by_name(pair: Any) -> None:
    key, sign = pair
    note = signed("text\n", key, sign).replace("text", "tent")

    with pytest.raises(BadNote) as refusal:
        opened(note, [key])
    assert str(refusal.value) == "The signature by station is not one over this text."


def test_a_checkpoint_is_spelt_as_the_standard_has_it() -> None:
    told = Checkpoint("log", 8, bytes(32), (("at", "1"), ("words", "two of them")))
    text = f"log\n8\n{'A' * 43}=\nat 1\nwords two of them\n"

    assert told.text() == text
    assert Checkpoint.from_text(text) == told
    assert Checkpoint.from_text(text.removesuffix("\n")) == told
    assert Checkpoint("log", 0, bytes(32)).more == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("log\n8", "A checkpoint says its log, its size and its root in three lines."),
        ("log\n\u0668\nAAAA", "A checkpoint says its log, its size and its root in three lines."),
        ("\n8\nAAAA", "A checkpoint says its log, its size and its root in three lines."),
        ("log\n-8\nAAAA", "A checkpoint says its log, its size and its root in three lines."),
        (f"log\n08\n{'A' * 43}=", "A checkpoint's size is a number and its root 32 bytes in base64."),
        (f"log\n8\n{'A' * 42}==", "A checkpoint's size is a number and its root 32 bytes in base64."),
        ("log\n8\n?", "A checkpoint's size is a number and its root 32 bytes in base64."),
    ],
)
def test_why_a_text_is_no_checkpoint_is_told(text: str, sentence: str) -> None:
    with pytest.raises(BadNote) as refusal:
        Checkpoint.from_text(text)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (PETER.replace("c74f20a3", "c74f20a4"), "The key's hash is not that of its name and bytes."),
        (PETER.replace("Peter", "Paul"), "The key's hash is not that of its name and bytes."),
        ("+c74f20a3+" + PETER.rpartition("+")[2], "This is no Ed25519 key of the form name+hash+key."),
        (
            "x+y+" + base64.b64encode(b"\x02" + bytes(32)).decode(),
            "This is no Ed25519 key of the form name+hash+key.",
        ),
        (
            "x+y+" + base64.b64encode(b"\x01" + bytes(31)).decode(),
            "This is no Ed25519 key of the form name+hash+key.",
        ),
        ("x+y+?", "This is no Ed25519 key of the form name+hash+key."),
    ],
)
def test_why_a_text_is_no_key_is_told(text: str, sentence: str) -> None:
    with pytest.raises(BadNote) as refusal:
        PublicKey.from_text(text)
    assert str(refusal.value) == sentence
    assert PublicKey.from_text(f"  {PETER}\n") == PublicKey.from_text(PETER)


def test_a_text_without_its_line_end_is_not_signed(pair: Any) -> None:
    with pytest.raises(BadNote, match="ends with a line feed"):
        signed("text", *pair)
