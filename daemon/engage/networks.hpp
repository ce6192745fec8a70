#pragma once
// Whose network an address belongs to, from text files: a block and a class on each line.
//
//   # comment
//   40.92.0.0/15        microsoft
//   2a01:111:f400::/48  microsoft
//
// Built once, then immutable; lookups from any thread. The smallest block that holds an address decides.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "engage/ip_address.hpp"

namespace chapar::engage {

/// Kept with each hit: a number means the same for ever.
enum class NetworkClass : std::uint8_t {
    unlisted = 0,
    microsoft = 1,  // Safe Links and the picture proxy of Outlook.com
    proofpoint = 2,
    mimecast = 3,
    barracuda = 4,
    cisco = 5,
    apple = 6,  // where Mail Privacy Protection fetches from
    google = 7,
    yahoo = 8,
    hosting = 9,  // data centres: scanners without a name, and people behind a VPN
};
std::string_view name(NetworkClass network);  // "microsoft"
std::optional<NetworkClass> parse_network_class(std::string_view text);

class Networks {
  public:
    NetworkClass of(const IpAddress& address) const;
    std::size_t blocks() const { return blocks_; }

  private:
    friend class NetworkReader;
    struct Edge {
        IpAddress from;
        NetworkClass network;
    };
    std::vector<Edge> edges_;  // ascending; each reaches to the next
    std::size_t blocks_ = 0;
};

/// Reads files one after another, then builds.
class NetworkReader {
  public:
    /// What is wrong with the file: "apple.txt:3:12: sentence" each. Nothing of a file with a flaw is taken.
    std::vector<std::string> read(std::string_view file, std::string_view text);
    Networks build() const;

  private:
    struct Entry {
        Cidr block;
        NetworkClass network;
    };
    using Key = std::pair<IpAddress, int>;
    using Places = std::map<Key, std::string>;  // "apple.txt:3"
    std::optional<std::string> read_line(std::string_view file, unsigned number, std::string_view line,
                                         std::vector<Entry>& out, Places& places) const;
    std::vector<Entry> entries_;
    Places places_;
};

}  // namespace chapar::engage
