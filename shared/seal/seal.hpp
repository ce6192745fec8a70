/// Values that leave the house and come back: signed with a key of the site, so that what comes back is what left.
/// A seal is `version, fields, tag`; the tag is HMAC-SHA256, cut, over the version, the kind and the fields. Each kind
/// has a key of its own (HKDF), so that what was sealed for one use opens for no other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::seal {

/// What a seal is for. The numbers are signed: they never change their meaning.
enum class Kind : std::uint8_t {
    open = 1,
    click = 2,
    unsubscribe = 3,
    preferences = 4,
    return_path = 5,
    inbox = 6,
    console = 7,
    subscribe = 8,
    unsubscribe_mail = 9,
};

/// A site key has at least so many characters; `openssl rand -hex 32` makes one of 64.
inline constexpr std::size_t shortest_key = 32;
inline constexpr std::size_t most_keys = 2;

/// Seals and opens values of one kind. Immutable; any thread.
class Sealer {
  public:
    /// One site key, or two while one replaces the other: the first signs, both open. `tag` is the length of the tag,
    /// 10 to 32 bytes. The error is a sentence for the operator and holds nothing of a key.
    static std::expected<Sealer, std::string> make(Kind kind, std::span<const std::string> site_keys,
                                                   std::size_t tag = 16);

    std::string seal(std::string_view fields) const;
    /// The fields, or nothing: every other value gets the same answer after the same work.
    std::optional<std::string> open(std::string_view sealed) const;

    /// The same for fields that name somebody: only their length can be seen (AES-256-CTR from the tag on, in the
    /// manner of SIV, RFC 5297). Needs the whole tag of 16 bytes. What `seal` made does not open here, nor the other
    /// way.
    std::string hide(std::string_view fields) const;
    std::optional<std::string> reveal(std::string_view hidden) const;

    std::size_t overhead() const { return 1 + tag_; }

  private:
    struct Mac;
    Sealer(Kind kind, std::size_t tag) : kind_(kind), tag_(tag) {}
    std::string tag_of(const Mac& mac, std::string_view version_and_fields) const;
    std::string masked(const Mac& mac, std::string_view text, std::string_view tag) const;

    Kind kind_;
    std::size_t tag_;
    std::vector<std::shared_ptr<const Mac>> macs_;
};

}  // namespace chapar::seal
