// What strangers send to the public listener, besides HTTP itself: PROXY headers, who they say they are, and what the
// store gives back of hits.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "net/proxy_header.hpp"
#include "store/rows/engagement_row.hpp"
#include "web/client.hpp"

namespace {

using namespace chapar;

void must(bool holds) {
    if (!holds) std::abort();
}

void look_at_proxy_header(std::string_view bytes) {
    const auto whole = net::read_proxy_header(bytes);
    if (whole.is == net::ProxyHeader::Is::good) must(whole.size <= bytes.size());
    if (whole.is == net::ProxyHeader::Is::incomplete) must(bytes.size() < net::longest_proxy_header);
    // However it comes in pieces, it is the same header in the end, and no piece of a good one is wrong.
    for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 8) {
        const auto part = net::read_proxy_header(bytes.substr(0, size));
        if (whole.is == net::ProxyHeader::Is::good) must(part.is != net::ProxyHeader::Is::wrong);
        if (part.is == net::ProxyHeader::Is::wrong) must(whole.is == net::ProxyHeader::Is::wrong);
    }
}

void look_at_headers(std::string_view bytes) {
    net::Request request;
    net::Peer peer;
    peer.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127, 0, 0, 1};
    while (!bytes.empty() && request.headers.size() < 20) {
        const auto name = web::kept_headers()[static_cast<unsigned char>(bytes.front()) % web::kept_headers().size()];
        const auto end = std::min(bytes.find('\n'), bytes.size());
        request.headers.emplace_back(std::string(name),
                                     std::string(bytes.substr(1, end - std::min<std::size_t>(end, 1))));
        bytes.remove_prefix(std::min(end + 1, bytes.size()));
    }
    const auto said = web::read_headers(request);
    (void)web::language_of(said.accept_language);
    (void)web::host_of(said.host);
    const std::string proxy[] = {"127.0.0.1"};
    // A peer that is not trusted is who asks, whatever it says.
    must(web::client_of(peer, request, web::TrustedProxies({})) == web::to_address(peer.address));
    (void)web::client_of(peer, request, web::TrustedProxies(proxy));
}

void look_at_row(std::string_view bytes) {
    const auto row = store::decode_engagement(MessageKey{7}, bytes);
    if (!row) return;
    must(row->hits.size() <= store::most_hits);
    must(store::decode_engagement(MessageKey{7}, store::encode(*row)) == row);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (*data % 3 == 0) look_at_proxy_header(bytes);
    if (*data % 3 == 1) look_at_headers(bytes);
    if (*data % 3 == 2) look_at_row(bytes);
    return 0;
}
