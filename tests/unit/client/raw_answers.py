"""Bytes that are an answer, bytes that are none, and where our reader refuses what h11 takes.

`DIFFERENCES` names the shapes that h11 takes and ours does not; whatever generated answers have shown is one of them.
Each has two readings somewhere, or ends only with its connection.
"""

from __future__ import annotations

from cardinity_client.transport.answer import HEADERS_MAX

OK = b"HTTP/1.1 200 OK\r\n"
TWO = b"Content-Length: 2\r\n\r\nab"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n"

#: Body, and whether the connection may be used again.
ANSWERS: dict[str, tuple[bytes, bytes, bool]] = {
    "with_a_length": (OK + TWO, b"ab", True),
    "empty": (OK + b"Content-Length: 0\r\n\r\n", b"", True),
    "without_a_reason": (b"HTTP/1.1 200\r\n" + TWO, b"ab", True),
    "chunked": (CHUNKED + b"\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n", b"ab", True),
    "chunked_in_capitals": (OK + b"TRANSFER-ENCODING: Chunked \r\n\r\n2\r\nab\r\n0\r\n\r\n", b"ab", True),
    "chunk_extension": (CHUNKED + b'\r\n2;a="b\\"c"\r\nab\r\n0;x=y\r\n\r\n', b"ab", True),
    "trailers": (CHUNKED + b"\r\n2\r\nab\r\n0\r\nDigest: x\r\nOther:\r\n\r\n", b"ab", True),
    "no_content": (b"HTTP/1.1 204 No Content\r\n\r\n", b"", False),
    "no_content_with_a_length": (b"HTTP/1.1 204 No Content\r\n" + TWO, b"", False),
    "not_modified": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n", b"", False),
    "interim": (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + OK + TWO, b"ab", True),
    "http_1_0": (b"HTTP/1.0 200 OK\r\n" + TWO, b"ab", False),
    "http_1_0_kept_alive": (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + TWO, b"ab", False),
    "closing": (OK + b"Connection: close\r\n" + TWO, b"ab", False),
    "closing_among_others": (OK + b"Connection: foo, Close\r\n" + TWO, b"ab", False),
    "closing_chunked": (CHUNKED + b"Connection: close\r\n\r\n2\r\nab\r\n0\r\n\r\n", b"ab", False),
    "upgrade_offered": (OK + b"Connection: upgrade\r\nUpgrade: h2c\r\n" + TWO, b"ab", True),
    "followed_by_an_answer": (OK + TWO + OK + TWO, b"ab", False),
    "followed_by_a_line_break": (OK + TWO + b"\r\n", b"ab", False),
    "chunked_and_followed_by_an_answer": (CHUNKED + b"\r\n2\r\nab\r\n0\r\n\r\n" + OK + TWO, b"ab", False),
    "chunked_and_followed_by_a_head": (
        CHUNKED + b"\r\n2\r\nab\r\n0\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
        b"ab",
        False,
    ),
    "chunked_and_followed_by_a_line_break": (CHUNKED + b"\r\n2\r\nab\r\n0\r\n\r\n\r\n", b"ab", False),
    "chunked_and_followed_by_junk": (CHUNKED + b"\r\n2\r\nab\r\n0\r\n\r\n?", b"ab", False),
    "closing_and_followed": (OK + b"Connection: close\r\n" + TWO + b"more", b"ab", False),
    "odd_status": (b"HTTP/1.1 999 Odd\r\n" + TWO, b"ab", True),
    "latin_1_value": (OK + b"Via: caf\xe9\r\n" + TWO, b"ab", True),
}  # fmt: skip

#: None for either reader.
NONE: dict[str, bytes] = {
    "nothing": b"",
    "cut_in_the_status_line": b"HTTP/1.1 20",
    "cut_in_a_header": OK + b"Content-Le",
    "cut_before_the_body": OK + b"Content-Length: 2\r\n\r\n",
    "cut_in_the_body": OK + b"Content-Length: 2\r\n\r\na",
    "cut_in_a_chunk": CHUNKED + b"\r\n2\r\na",
    "cut_before_the_last_chunk": CHUNKED + b"\r\n2\r\nab\r\n",
    "cut_in_the_last_chunk": CHUNKED + b"\r\n2\r\nab\r\n0\r\n",
    "cut_in_the_trailers": CHUNKED + b"\r\n2\r\nab\r\n0\r\nDigest: x\r\n",
    "interim_only": b"HTTP/1.1 100 Continue\r\n\r\n",
    "two_lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
    "two_lengths_in_one": OK + b"Content-Length: 2, 3\r\n\r\nabc",
    "signed_length": OK + b"Content-Length: +2\r\n\r\nab",
    "negative_length": OK + b"Content-Length: -2\r\n\r\nab",
    "hexadecimal_length": OK + b"Content-Length: 0x2\r\n\r\nab",
    "underscored_length": OK + b"Content-Length: 1_0\r\n\r\n0123456789",
    "empty_length": OK + b"Content-Length:\r\n\r\nab",
    "endless_length": OK + b"Content-Length: 99999999999999999999999\r\n\r\nab",
    "other_coding": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    "chunked_not_last": OK + b"Transfer-Encoding: chunked, identity\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    "chunked_twice": CHUNKED + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    "nearly_chunked": OK + b"Transfer-Encoding: xchunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    "coding_in_the_trailers": CHUNKED + b"\r\n2\r\nab\r\n0\r\nTransfer-Encoding: gzip\r\n\r\n",
    "length_in_the_trailers": CHUNKED + b"\r\n2\r\nab\r\n0\r\nContent-Length: x\r\n\r\n",
    "interim_with_a_coding": b"HTTP/1.1 100 C\r\nTransfer-Encoding: gzip\r\n\r\n" + OK + TWO,
    "signed_chunk": CHUNKED + b"\r\n+2\r\nab\r\n0\r\n\r\n",
    "prefixed_chunk": CHUNKED + b"\r\n0x2\r\nab\r\n0\r\n\r\n",
    "endless_chunk": CHUNKED + b"\r\n111111111111111111111\r\nab\r\n0\r\n\r\n",
    "chunk_too_long": CHUNKED + b"\r\n2\r\nabc\r\n0\r\n\r\n",
    "chunk_without_its_end": CHUNKED + b"\r\n2\r\nab0\r\n\r\n",
    "bare_lf_after_a_chunk_size": CHUNKED + b"\r\n2\nab\r\n0\r\n\r\n",
    "space_before_the_colon": OK + b"Content-Length : 2\r\n\r\nab",
    "space_before_the_name": OK + b" Content-Length: 2\r\n\r\nab",
    "no_name": OK + b": x\r\n" + TWO,
    "no_colon": OK + b"Server\r\n" + TWO,
    "nul_in_a_value": OK + b"A: b\0c\r\n" + TWO,
    "nul_in_a_name": OK + b"A\0: b\r\n" + TWO,
    "nul_in_the_reason": b"HTTP/1.1 200 O\0K\r\n" + TWO,
    "bare_cr_in_a_value": OK + b"A: b\rContent-Length: 2\r\n\r\nab",
    "bare_cr_in_the_reason": b"HTTP/1.1 200 O\rK\r\n" + TWO,
    "status_of_two_digits": b"HTTP/1.1 20 OK\r\n" + TWO,
    "status_of_four_digits": b"HTTP/1.1 2000 OK\r\n" + TWO,
    "status_without_a_space": b"HTTP/1.1 200OK\r\n" + TWO,
    "two_spaces": b"HTTP/1.1  200 OK\r\n" + TWO,
    "small_letters": b"http/1.1 200 OK\r\n" + TWO,
    "another_protocol": b"RTSP/1.0 200 OK\r\n" + TWO,
    "another_protocol_after_an_interim": b"HTTP/1.1 100 C\r\n\r\nICE/1.0 200 OK\r\n" + TWO,
    "a_greeting": b"220 mail.example ESMTP\r\n",
    "markup": b"<html>502 Bad Gateway</html>\r\n\r\n",
    "switching": b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n" + OK + TWO,
    "switching_to_nothing": b"HTTP/1.1 101 Switching\r\n\r\n" + OK + TWO,
}

#: An answer for h11, none for ours.
DIFFERENCES: dict[str, bytes] = {
    "ended_by_the_connection": OK + b"\r\nab",
    "ended_by_the_connection_in_http_1_0": b"HTTP/1.0 200 OK\r\n\r\nab",
    "the_same_length_twice": OK + b"Content-Length: 2\r\n" + TWO,
    "the_same_length_twice_in_one": OK + b"Content-Length: 2, 2\r\n\r\nab",
    "length_beside_a_coding": CHUNKED + b"Content-Length: 9\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    "coding_after_a_length": OK + b"Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    "chunked_in_http_1_0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    "length_as_a_trailer": CHUNKED + b"\r\n2\r\nab\r\n0\r\nContent-Length: 2\r\n\r\n",
    "coding_as_a_trailer": CHUNKED + b"\r\n2\r\nab\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
    "interim_with_a_length": b"HTTP/1.1 100 C\r\nContent-Length: 2\r\n\r\n" + OK + TWO,
    "interim_with_chunks": b"HTTP/1.1 100 C\r\nTransfer-Encoding: chunked\r\n\r\n" + OK + TWO,
    "folded_header": OK + b"A: b\r\n c\r\n" + TWO,
    "folded_length": OK + b"Content-Length:\r\n 2\r\n\r\nab",
    "bare_lf_after_the_status": b"HTTP/1.1 200 OK\n" + TWO,
    "bare_lf_after_a_header": OK + b"A: b\n" + TWO,
    "bare_lf_after_the_head": OK + b"Content-Length: 2\r\n\nab",
    "space_after_a_chunk_size": CHUNKED + b"\r\n2 \r\nab\r\n0\r\n\r\n",
    "odd_chunk_extension": CHUNKED + b"\r\n2;\x7f\r\nab\r\n0\r\n\r\n",
    "http_2_0": b"HTTP/2.0 200 OK\r\n" + TWO,
    "http_0_9": b"HTTP/0.9 200 OK\r\n" + TWO,
    "unnamed_chunk_extension": CHUNKED + b"\r\n2;\r\nab\r\n0\r\n\r\n",
    "control_in_the_reason": b"HTTP/1.1 200 O\x1fK\r\n" + TWO,
    "control_in_a_value": OK + b"A: b\x01c\r\n" + TWO,
    "too_many_headers": OK + b"A: b\r\n" * (HEADERS_MAX + 1) + TWO,
}
