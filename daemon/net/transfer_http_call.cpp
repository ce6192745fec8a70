#include "net/transfer_http_call.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <strings.h>
#include <algorithm>
#include <utility>

namespace chapar::net {
namespace {

/// Sets options one after the other and remembers whether all were taken.
class Options {
  public:
    explicit Options(CURL* handle) : handle_(handle) {}
    template <class T>
    Options& set(CURLoption option, T value) {
        ok_ = ok_ && curl_easy_setopt(handle_, option, value) == CURLE_OK;
        return *this;
    }
    bool ok() const { return ok_; }

  private:
    CURL* handle_;
    bool ok_ = true;
};

bool is_named(std::string_view a, std::string_view b) {
    return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

constexpr int user_timeout_ms = 60'000;  // an unanswered byte is given up after that

}  // namespace

bool HttpCall::prepare(Easy easy, const Transfers::Options& options) {
    easy_ = std::move(easy);
    if (!easy_) easy_.reset(curl_easy_init());
    CURL* handle = easy_.get();
    if (handle == nullptr) return false;
    Options on(handle);
    on.set(CURLOPT_URL, transfer_.url.c_str())
        .set(CURLOPT_PROTOCOLS_STR, "http,https")
        .set(CURLOPT_FOLLOWLOCATION, 0L)
        .set(CURLOPT_NOSIGNAL, 1L)
        .set(CURLOPT_PRIVATE, static_cast<void*>(this))
        .set(CURLOPT_ERRORBUFFER, error_text_)
        .set(CURLOPT_USERAGENT, options.user_agent.c_str())
        .set(CURLOPT_HEADERFUNCTION, &HttpCall::on_header)
        .set(CURLOPT_HEADERDATA, static_cast<void*>(this))
        .set(CURLOPT_WRITEFUNCTION, &HttpCall::on_body)
        .set(CURLOPT_WRITEDATA, static_cast<void*>(this))
        .set(CURLOPT_SOCKOPTFUNCTION, &HttpCall::on_socket)
        .set(CURLOPT_SOCKOPTDATA, static_cast<void*>(this))
        .set(CURLOPT_PREREQFUNCTION, &HttpCall::on_request)
        .set(CURLOPT_PREREQDATA, static_cast<void*>(this));
    if (!transfer_.ca_file.empty()) on.set(CURLOPT_CAINFO, transfer_.ca_file.c_str());
    if (!transfer_.user.empty()) {
        on.set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC))
            .set(CURLOPT_USERNAME, transfer_.user.c_str())
            .set(CURLOPT_PASSWORD, transfer_.password.c_str());
    }
    return on.ok() && set_guard(handle) && set_request(handle) && set_limits(handle, options);
}

/// The guard stands where the socket is made: between its answer and the connection no name is looked up again.
bool HttpCall::set_guard(CURL* handle) {
    if (!transfer_.refuse_address) return true;
    return Options(handle)
        .set(CURLOPT_PROXY, "")
        .set(CURLOPT_OPENSOCKETFUNCTION, &HttpCall::open_socket)
        .set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this))
        .ok();
}

bool HttpCall::set_request(CURL* handle) {
    Options on(handle);
    bool has_type = false;
    auto add = [this](const std::string& line) {
        curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
        if (longer == nullptr) return false;
        static_cast<void>(headers_.release());
        headers_.reset(longer);
        return true;
    };
    bool ok = add("Expect:");  // no waiting for 100 Continue
    for (const auto& [name, value] : transfer_.headers) {
        has_type = has_type || is_named(name, "Content-Type");
        ok = ok && add(value.empty() ? name + ";" : name + ": " + value);
    }
    if (!has_type) ok = ok && add("Content-Type:");  // else libcurl calls every body a form
    on.set(CURLOPT_HTTPHEADER, headers_.get());
    if (transfer_.method == "HEAD") {
        on.set(CURLOPT_NOBODY, 1L);
    } else if (!transfer_.body.empty() || (transfer_.method != "GET" && transfer_.method != "DELETE")) {
        on.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(transfer_.body.size()))
            .set(CURLOPT_POSTFIELDS, transfer_.body.c_str())
            .set(CURLOPT_CUSTOMREQUEST, transfer_.method.c_str());
    } else {
        on.set(CURLOPT_CUSTOMREQUEST, transfer_.method.c_str());
    }
    return ok && on.ok();
}

bool HttpCall::set_limits(CURL* handle, const Transfers::Options& options) {
    if (transfer_.max_response_bytes != 0) limit_ = transfer_.max_response_bytes;
    Options on(handle);
    return on.set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(transfer_.connect_timeout.count()))
        .set(CURLOPT_TIMEOUT_MS, static_cast<long>(transfer_.timeout.count()))
        .set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(limit_))
        .set(CURLOPT_MAXAGE_CONN, static_cast<long>(options.idle_timeout.count() / 1000))
        .set(CURLOPT_TCP_KEEPALIVE, 1L)
        .ok();
}

std::size_t HttpCall::on_header(char* data, std::size_t size, std::size_t count, void* self) {
    auto& call = *static_cast<HttpCall*>(self);
    std::string_view line(data, size * count);
    call.received_ += line.size();
    if (call.received_ > call.limit_) {
        call.too_long_ = true;
        return 0;
    }
    while (line.ends_with('\n') || line.ends_with('\r'))
        line.remove_suffix(1);
    if (line.starts_with("HTTP/")) call.result_.headers.clear();  // after a 1xx the real ones come
    std::size_t colon = line.find(':');
    if (colon == line.npos) return size * count;
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    call.result_.headers.emplace_back(line.substr(0, colon), value);
    return size * count;
}

std::size_t HttpCall::on_body(char* data, std::size_t size, std::size_t count, void* self) {
    auto& call = *static_cast<HttpCall*>(self);
    call.received_ += size * count;
    if (call.received_ > call.limit_) {
        call.too_long_ = true;
        return 0;
    }
    call.result_.body.append(data, size * count);
    return size * count;
}

int HttpCall::on_socket(void* self, curl_socket_t fd, curlsocktype) {
    static_cast<HttpCall*>(self)->has_socket_ = true;
    ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof user_timeout_ms);
    return CURL_SOCKOPT_OK;
}

/// One address that is refused condemns the name: none of its others is tried.
bool HttpCall::is_refused(const char* address) {
    if (!transfer_.refuse_address) return false;
    if (refused_.empty()) refused_ = transfer_.refuse_address(address == nullptr ? "" : address);
    return !refused_.empty();
}

curl_socket_t HttpCall::open_socket(void* self, curlsocktype, curl_sockaddr* to) {
    char text[INET6_ADDRSTRLEN] = "";
    const void* address = nullptr;
    if (to->family == AF_INET) address = &reinterpret_cast<const sockaddr_in*>(&to->addr)->sin_addr;
    if (to->family == AF_INET6) address = &reinterpret_cast<const sockaddr_in6*>(&to->addr)->sin6_addr;
    if (address != nullptr) ::inet_ntop(to->family, address, text, sizeof text);
    if (static_cast<HttpCall*>(self)->is_refused(text)) return CURL_SOCKET_BAD;
    return ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/// Methods that mean the same when they arrive twice (RFC 9110, section 9.2.2).
bool HttpCall::is_repeatable() const {
    static constexpr std::string_view methods[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"};
    return std::ranges::find(methods, transfer_.method) != std::end(methods);
}

/// Before each time that the request is written. libcurl writes it a second time when a reused connection dies without
/// an answer; but the server may have acted on the first.
int HttpCall::on_request(void* self, char* address, char*, int, int) {
    auto& call = *static_cast<HttpCall*>(self);
    if (call.is_refused(address)) return CURL_PREREQFUNC_ABORT;  // a connection that another transfer made
    if (call.has_request_ && !call.is_repeatable()) return CURL_PREREQFUNC_ABORT;
    call.has_request_ = true;
    return CURL_PREREQFUNC_OK;
}

Phase HttpCall::phase_of(CURLcode code) const {
    if (has_request_) return Phase::sent;
    switch (code) {
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
            return Phase::tls;
        default:
            return has_socket_ ? Phase::connect : Phase::resolve;
    }
}

void HttpCall::finish(CURLcode code) {
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    result_.code = static_cast<int>(status);
    result_.phase = code == CURLE_OK ? Phase::answered : phase_of(code);
    result_.timed_out = code == CURLE_OPERATION_TIMEDOUT;
    if (code != CURLE_OK) {
        result_.error = error_text_[0] != '\0' ? error_text_ : curl_easy_strerror(code);
        if (too_long_ || code == CURLE_FILESIZE_EXCEEDED)
            result_.error = "the server's answer is longer than the limit";
        if (code == CURLE_ABORTED_BY_CALLBACK) result_.error = "the connection broke before an answer came";
    }
    if (code != CURLE_OK && !refused_.empty()) {
        result_.phase = Phase::refused;
        result_.error = refused_;
    }
    if (done_) std::exchange(done_, nullptr)(std::move(result_));
}

void HttpCall::finish(std::string error) {
    result_.phase = has_request_ ? Phase::sent : has_socket_ ? Phase::connect : Phase::resolve;
    result_.error = std::move(error);
    if (done_) std::exchange(done_, nullptr)(std::move(result_));
}

}  // namespace chapar::net
