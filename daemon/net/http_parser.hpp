#pragma once
// One request's bytes as Beast's parser reads them, with the refusals of ours on top: exactly one Host, one
// Content-Length or one "Transfer-Encoding: chunked" and never both, bounded chunk extensions (attack S21).
// Private to net (it shows Beast). One parser per request; one thread.

#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/http_message.hpp"

namespace chapar::net {

/// Where body bytes go while they are parsed.
class BodyTarget {
  public:
    virtual void body(std::string_view bytes) = 0;

  protected:
    ~BodyTarget() = default;
};

/// Why a request is refused; status 0: it is not.
struct Refusal {
    int status = 0;
    std::string_view type;
    std::string_view detail;
    std::uint64_t limit = 0, size = 0;  // bytes; 0: none, not known
};

/// Which headers are put into Request::headers.
struct HeadersKept {
    bool all = false;
    std::span<const std::string_view> names{};  // in small letters
};

class RequestParser final : public boost::beast::http::basic_parser<true> {
  public:
    RequestParser(BodyTarget& target, std::uint32_t max_header, std::uint64_t max_chunk_extensions,
                  HeadersKept kept = {});

    Request request;  // filled by the head
    bool expects_continue = false;
    std::string request_id;  // X-Request-Id, as sent
    /// Bytes of the head so far, whatever Beast has consumed of it already.
    std::uint64_t head_bytes = 0;
    bool is_http11() const { return is_11_; }
    /// Bytes of a body from here on; more are refused, and the refusal says how many are allowed.
    void limit_body(std::uint64_t most) { body_limit(max_body_ = most); }
    /// What to answer to the error that `put` gave.
    Refusal refusal(const boost::beast::error_code& error) const;

  private:
    using error_code = boost::beast::error_code;
    using text = boost::beast::string_view;
    void on_request_impl(boost::beast::http::verb method, text method_text, text target, int version,
                         error_code& ec) override;
    void on_response_impl(int, text, int, error_code&) override {}
    void on_field_impl(boost::beast::http::field name, text name_text, text value, error_code& ec) override;
    void on_header_impl(error_code& ec) override;
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(text bytes, error_code& ec) override;
    void on_chunk_header_impl(std::uint64_t size, text extensions, error_code& ec) override;
    std::size_t on_chunk_body_impl(std::uint64_t remain, text bytes, error_code& ec) override;
    void on_finish_impl(error_code&) override {}
    bool is_kept(std::string_view name) const;
    void keep_ours(std::string_view name, std::string_view value, error_code& ec);
    void refuse(int status, std::string_view type, std::string_view detail, error_code& ec);

    BodyTarget& target_;
    std::uint64_t chunk_extensions_left_;
    std::uint64_t max_header_, max_body_ = 0;
    std::optional<Refusal> refusal_;
    const HeadersKept kept_;
    bool in_head_ = true, has_host_ = false, has_length_ = false, is_11_ = false;
};

}  // namespace chapar::net
