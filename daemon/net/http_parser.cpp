#include "net/http_parser.hpp"

#include <algorithm>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>
#include <optional>

namespace chapar::net {
namespace http = boost::beast::http;
namespace {

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

bool same_ignoring_case(std::string_view a, std::string_view lower) {
    return a.size() == lower.size() && std::equal(a.begin(), a.end(), lower.begin(), [](char x, char y) {
               return (x >= 'A' && x <= 'Z' ? x + 32 : x) == y;
           });
}

std::string media_type(std::string_view value) {
    std::string out(value.substr(0, value.find(';')));
    while (!out.empty() && (out.back() == ' ' || out.back() == '\t'))
        out.pop_back();
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

/// The parameter charset, without its quotes; empty: there is none.
std::string charset_of(std::string_view value) {
    constexpr std::string_view name = "charset=";
    for (auto at = value.find(';'); at != std::string_view::npos; at = value.find(';')) {
        value.remove_prefix(at + 1);
        while (value.starts_with(' ') || value.starts_with('\t'))
            value.remove_prefix(1);
        if (value.size() < name.size() || !same_ignoring_case(value.substr(0, name.size()), name)) continue;
        auto out = value.substr(name.size());
        if (out.starts_with('"')) return std::string(out.substr(1, out.substr(1).find('"')));
        return media_type(out);
    }
    return {};
}

/// host [ ":" port ] of RFC 3986: a name, an IPv4 address or a bracketed IPv6 one; it may be empty.
bool is_host(std::string_view text) {
    constexpr std::string_view others = "-._~!$&'()*+,;=%";
    const auto is_alnum = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    const auto close = text.starts_with('[') ? text.find(']') : std::string_view::npos;
    const auto colon = text.find(':', close == std::string_view::npos ? 0 : close);
    const auto host = text.substr(0, colon);
    const auto port = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!std::ranges::all_of(port, is_digit)) return false;
    if (host.starts_with('['))
        return host.size() > 2 && host.ends_with(']') &&
               std::ranges::all_of(host.substr(1, host.size() - 2),
                                   [&](char c) { return is_alnum(c) || c == ':' || c == '.'; });
    return std::ranges::all_of(host, [&](char c) { return is_alnum(c) || others.find(c) != std::string_view::npos; });
}

/// The path and query of an absolute-form target (RFC 9112, 3.2.2); nothing: it is none.
std::optional<std::string_view> path_of_absolute(std::string_view target, std::string_view& authority) {
    const auto scheme = target.find("://");
    if (scheme == std::string_view::npos) return std::nullopt;
    const auto name = target.substr(0, scheme);
    if (!same_ignoring_case(name, "http") && !same_ignoring_case(name, "https")) return std::nullopt;
    target.remove_prefix(scheme + 3);
    const auto end = std::min(target.find_first_of("/?"), target.size());
    authority = target.substr(0, end);
    return target.substr(end);
}

Method method_of(http::verb verb) {
    switch (verb) {
        case http::verb::get:
            return Method::get;
        case http::verb::head:
            return Method::head;
        case http::verb::post:
            return Method::post;
        case http::verb::put:
            return Method::put;
        case http::verb::patch:
            return Method::patch;
        case http::verb::delete_:
            return Method::del;
        default:  // Beast knows thirty more; none has an endpoint
            return Method::other;
    }
}

}  // namespace

RequestParser::RequestParser(BodyTarget& target, std::uint32_t max_header, std::uint64_t max_chunk_extensions,
                             HeadersKept kept)
    : target_(target), chunk_extensions_left_(max_chunk_extensions), max_header_(max_header), kept_(kept) {
    header_limit(max_header);
    body_limit(boost::none);  // the connection knows which limit holds once it has seen the head
}

void RequestParser::refuse(int status, std::string_view type, std::string_view detail, error_code& ec) {
    refusal_ = Refusal{status, type, detail, 0, 0};
    ec = http::error::bad_value;
}

void RequestParser::on_request_impl(http::verb method, text method_text, text target, int version, error_code& ec) {
    is_11_ = version == 11;
    auto where = view(target);
    std::string_view authority;
    if (const auto path = path_of_absolute(where, authority)) {
        if (authority.empty() || !is_host(authority))
            return refuse(400, "bad-request", "the request target names no valid host", ec);
        where = *path;
        if (!where.starts_with('/')) {  // "http://chapar?x" means its root
            request.path = "/";
            if (where.starts_with('?')) request.query = std::string(where.substr(1));
            where = {};
        }
    } else if (!where.starts_with('/')) {
        return refuse(400, "bad-request", "the request target must be a path, or http://HOST/PATH", ec);
    }
    request.method = method_of(method);
    if (request.method == Method::other) request.method_text = std::string(view(method_text).substr(0, 32));
    if (where.empty()) return;
    const auto end = where.find('?');
    request.path = std::string(where.substr(0, end));
    if (end != std::string_view::npos) request.query = std::string(where.substr(end + 1));
}

void RequestParser::on_field_impl(http::field name, text name_text, text value, error_code& ec) {
    if (!in_head_) return;  // trailers mean nothing here
    if (is_kept(view(name_text))) request.headers.emplace_back(view(name_text), view(value));
    switch (name) {
        case http::field::host:
            if (has_host_) return refuse(400, "bad-request", "more than one Host", ec);
            if (!is_host(view(value))) return refuse(400, "bad-request", "Host is not a host name or address", ec);
            has_host_ = true;
            return;
        case http::field::content_length:
            if (has_length_ || value.find(',') != text::npos)
                return refuse(400, "bad-request", "more than one Content-Length", ec);
            has_length_ = true;
            return;
        case http::field::transfer_encoding:
            if (!same_ignoring_case(view(value), "chunked"))
                return refuse(501, "not-implemented", "the only transfer encoding here is chunked", ec);
            return;
        case http::field::content_encoding:
            if (same_ignoring_case(view(value), "identity")) return;
            return refuse(415, "media-type", "content encodings are not understood here", ec);
        case http::field::content_type:
            request.content_type = media_type(view(value));
            request.charset = charset_of(view(value));
            return;
        case http::field::expect:
            if (!same_ignoring_case(view(value), "100-continue"))
                return refuse(417, "bad-request", "the only expectation here is 100-continue", ec);
            expects_continue = true;
            return;
        case http::field::accept:
            if (!request.accept.empty()) request.accept += ", ";
            request.accept += view(value);
            return;
        default:
            break;  // those below, and others that mean nothing here
    }
    keep_ours(view(name_text), view(value), ec);
}

bool RequestParser::is_kept(std::string_view name) const {
    return kept_.all ||
           std::ranges::any_of(kept_.names, [&](std::string_view each) { return same_ignoring_case(name, each); });
}

void RequestParser::keep_ours(std::string_view name, std::string_view value, error_code& ec) {
    if (same_ignoring_case(name, "x-chapar-application")) {
        request.application = value;
    } else if (same_ignoring_case(name, "idempotency-key")) {
        if (!request.idempotency_key.empty()) return refuse(400, "bad-request", "more than one Idempotency-Key", ec);
        request.idempotency_key = value;
    } else if (same_ignoring_case(name, "last-event-id")) {
        request.last_event_id = value;
    } else if (same_ignoring_case(name, "x-request-id")) {
        request_id = value;
    }
}

void RequestParser::on_header_impl(error_code& ec) {
    in_head_ = false;
    if (is_11_ && !has_host_) return refuse(400, "bad-request", "HTTP/1.1 asks for a Host", ec);
    if (!is_11_ && chunked()) return refuse(400, "bad-request", "HTTP/1.0 knows no chunks", ec);
}

std::size_t RequestParser::on_body_impl(text bytes, error_code&) {
    target_.body(view(bytes));
    return bytes.size();
}

void RequestParser::on_chunk_header_impl(std::uint64_t, text extensions, error_code& ec) {
    if (extensions.size() > chunk_extensions_left_) return refuse(400, "bad-request", "too many chunk extensions", ec);
    chunk_extensions_left_ -= extensions.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, text bytes, error_code&) {
    target_.body(view(bytes));
    return bytes.size();
}

Refusal RequestParser::refusal(const error_code& error) const {
    if (refusal_) return *refusal_;
    if (error == http::error::header_limit) return {431, "header-too-large", "the head", max_header_, 0};
    if (error == http::error::body_limit) return {413, "body-too-large", "the body", max_body_, 0};
    if (error == http::error::bad_version) return {505, "bad-request", "HTTP/1.1 is spoken here"};
    if (error == http::error::bad_transfer_encoding || error == http::error::bad_content_length)
        return {400, "bad-request", "Content-Length and Transfer-Encoding contradict each other or are malformed"};
    if (error == http::error::multiple_content_length) return {400, "bad-request", "more than one Content-Length"};
    return {400, "bad-request", "the bytes are not an HTTP/1.1 request"};
}

}  // namespace chapar::net
