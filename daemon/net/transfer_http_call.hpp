#pragma once
// One HTTP exchange on a libcurl easy handle: its options, its answer, how far it came. HTTP thread only.

#include <curl/curl.h>

#include <memory>
#include <string>
#include <string_view>

#include "net/transfers.hpp"

namespace chapar::net {

struct CloseEasy {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, CloseEasy>;

class HttpCall {
  public:
    HttpCall(TransferId id, Transfer transfer, Transfers::Done done, std::size_t limit)
        : id_(id), transfer_(std::move(transfer)), done_(std::move(done)), limit_(limit) {}

    TransferId id() const { return id_; }
    CURL* handle() const { return easy_.get(); }
    /// Takes a handle (fresh, or reset) and sets all options. false: libcurl refused one; the call is over.
    bool prepare(Easy easy, const Transfers::Options& options);
    /// Hands the handle back for the next call.
    Easy release() { return std::move(easy_); }
    /// Calls `done` with what `code` and the handle say.
    void finish(CURLcode code);
    void finish(std::string error);

  private:
    static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
    static int on_socket(void* self, curl_socket_t fd, curlsocktype);
    static int on_request(void* self, char* address, char*, int, int);
    static curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr* address);
    bool is_refused(const char* address);
    bool set_guard(CURL* handle);
    bool set_request(CURL* handle);
    bool set_limits(CURL* handle, const Transfers::Options& options);
    bool is_repeatable() const;
    Phase phase_of(CURLcode code) const;

    TransferId id_;
    Transfer transfer_;
    Transfers::Done done_;
    std::size_t limit_;
    std::size_t received_ = 0;
    bool has_socket_ = false, has_request_ = false, too_long_ = false;
    std::string refused_;  // why its address is not connected to
    std::unique_ptr<curl_slist, FreeList> headers_;
    TransferResult result_;
    char error_text_[CURL_ERROR_SIZE] = "";
    Easy easy_;
};

}  // namespace chapar::net
