#include "net/transfers.hpp"

#include <atomic>
#include <utility>

#include "net/transfer_check.hpp"
#include "net/transfer_http.hpp"
#include "net/transfer_smtp.hpp"

namespace chapar::net {

struct Transfers::Impl {
    explicit Impl(const Options& options) : smtp(options), http(options) {}
    std::atomic<TransferId> last_id{0};
    SmtpEngine smtp;
    HttpEngine http;
};

Transfers::Transfers(Options options) : impl_(std::make_unique<Impl>(options)) {}
Transfers::~Transfers() = default;

TransferId Transfers::start(Transfer transfer, Done done) {
    TransferId id = ++impl_->last_id;
    std::optional<Url> url = parse_url(transfer.url);
    if (std::string why = refusal(transfer, url); !why.empty()) {
        TransferResult result;
        result.phase = Phase::refused;
        result.error = std::move(why);
        done(std::move(result));
        return id;
    }
    bool is_smtp = url->scheme == Url::Scheme::smtp || url->scheme == Url::Scheme::smtps;
    if (is_smtp) {
        impl_->smtp.start(id, *url, std::move(transfer), std::move(done));
    } else {
        impl_->http.start(id, std::move(transfer), std::move(done));
    }
    return id;
}

void Transfers::cancel(TransferId id) {
    impl_->smtp.cancel(id);
    impl_->http.cancel(id);
}

}  // namespace chapar::net
