#include "dispatch/outcomes/advice.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace chapar::dispatch {
namespace {

struct Advice {
    std::string_view words;  // in lower case, one of them, between bars
    std::string_view sentence;
};

// The first that fits; what names a cause more closely stands first.
constexpr std::array table{
    Advice{"can't read the certificates|error setting certificate|problem with the local ssl|cacert",
           "Check that ca_file exists, can be read by the daemon's user and holds certificates in PEM"},
    Advice{"hostname mismatch|ip address mismatch|no alternative certificate subject name|does not match target host",
           "The certificate is for another name: set host to the name that the certificate carries"},
    Advice{"certificate has expired|certificate expired|not yet valid",
           "The server's certificate is out of date: tell the provider, and check this machine's clock"},
    Advice{"certificate|self signed|self-signed|unable to get local issuer",
           "The server's certificate is not trusted: set ca_file to the CA that signed it, or correct host"},
    Advice{"does not offer starttls", "Set tls and port to what the provider documents"},
    Advice{"tls handshake|ssl connect|wrong version number|ssl routines",
           "Check that port and tls fit together: 465 begins with TLS, 587 and 25 turn to it by STARTTLS"},
    Advice{"can't resolve|could not resolve|couldn't resolve|could not be resolved|host not found|has no address",
           "Check the host name in the route's settings, and this machine's DNS"},
    Advice{"connection refused", "Nothing listens there: check host and port, and that the provider's server runs"},
    Advice{"no route to host|network is unreachable|network unreachable",
           "This machine has no way there: check its network and routes"},
    Advice{"timed out|in time|within the deadline",
           "It does not answer: check host, port and the firewall, then ask the provider"},
    Advice{"is not smtp", "Something else listens there: check host and port"},
    Advice{"can't connect|couldn't connect|failed to connect", "Check host, port and the network"},
    Advice{"closed the connection|connection reset|broken pipe",
           "The server breaks the connection: check port and tls, and whether it lets this machine's address in"},
};

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

bool holds_one(std::string_view text, std::string_view words) {
    while (!words.empty()) {
        const auto end = std::min(words.find('|'), words.size());
        if (text.contains(words.substr(0, end))) return true;
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return false;
}

}  // namespace

std::string advice(const model::Outcome& outcome) {
    const std::string text = lower(outcome.code + ' ' + outcome.detail);
    const auto found = std::ranges::find_if(table, [&](const Advice& each) { return holds_one(text, each.words); });
    if (found != table.end()) return std::string(found->sentence);
    return "This is the provider's own answer: look it up there, or ask the provider";
}

}  // namespace chapar::dispatch
