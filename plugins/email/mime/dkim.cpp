#include "dkim.hpp"

#include "basic/base64.hpp"
#include "canonical.hpp"
#include "email_rules/address.hpp"
#include "email_rules/text.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace chapar::email {

namespace {

template <auto F>
struct Free {
    template <class T>
    void operator()(T* held) const {
        F(held);
    }
};
using Pkey = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Digest = std::unique_ptr<EVP_MD, Free<EVP_MD_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Hash = std::array<unsigned char, 32>;
using Flaw = std::unexpected<std::string>;

struct Key {
    std::string selector;
    Pkey pkey;
    PkeyContext rsa;  ///< null: Ed25519
};

/// The fields worth signing, in the order of `h=`. Those marked are named once more than they occur, so that nobody can
/// add another one without breaking the signature.
struct Signed {
    std::string_view name;
    bool sealed;
};
constexpr std::array<Signed, 14> signed_fields{{{"From", true},
                                                {"To", true},
                                                {"Cc", false},
                                                {"Subject", true},
                                                {"Reply-To", true},
                                                {"Date", false},
                                                {"Message-ID", false},
                                                {"MIME-Version", false},
                                                {"Content-Type", false},
                                                {"Content-Transfer-Encoding", false},
                                                {"Content-Language", false},
                                                {"List-Unsubscribe", false},
                                                {"List-Unsubscribe-Post", false},
                                                {"List-Id", false}}};

std::string as_base64(std::span<const unsigned char> bytes) {
    return basic::to_base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

/// Continues a field with pieces that may be folded before, on lines of at most 76 characters.
class Folder {
  public:
    Folder(std::string& out, std::size_t line_start) : out_(out), line_start_(line_start) {}
    void add(std::string_view piece, bool space_before) {
        if (out_.size() - line_start_ + piece.size() + (space_before ? 1 : 0) > 75) {
            out_ += "\r\n ";
            line_start_ = out_.size() - 1;
        } else if (space_before) {
            out_ += ' ';
        }
        out_ += piece;
    }
    void add_long(std::string_view text) {
        while (!text.empty()) {
            const auto used = out_.size() - line_start_;
            if (used >= 75) {
                out_ += "\r\n ";
                line_start_ = out_.size() - 1;
                continue;
            }
            const auto piece = text.substr(0, 76 - used);
            out_ += piece;
            text.remove_prefix(piece.size());
        }
    }

  private:
    std::string& out_;
    std::size_t line_start_;
};

using Fields = std::array<std::string_view, signed_fields.size()>;

/// The fields of `head` that are signed, in the order of `signed_fields`, each without its last CRLF; empty: not there.
Fields find_fields(std::string_view head) {
    Fields found;
    for (std::size_t at = 0; at < head.size();) {
        auto end = head.find("\r\n", at);
        while (end != std::string_view::npos && end + 2 < head.size() &&
               (head[end + 2] == ' ' || head[end + 2] == '\t'))
            end = head.find("\r\n", end + 2);
        end = std::min(end, head.size());
        const auto field = head.substr(at, end - at);
        const auto name = field.substr(0, field.find(':'));
        for (std::size_t i = 0; i < found.size(); ++i)
            if (equal_ignoring_case(name, signed_fields.at(i).name)) found.at(i) = field;
        at = end + 2;
    }
    return found;
}

std::expected<Key, std::string> read_key(const DkimKey& given) {
    const Bio bio(BIO_new_mem_buf(given.pem.data(), static_cast<int>(given.pem.size())));
    Key key;
    key.selector = given.selector;
    const auto no_password = [](char*, int, int, void*) { return 0; };
    key.pkey.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
    if (!key.pkey)
        return Flaw("the DKIM key of selector " + given.selector + " is not an unencrypted private key in PEM");
    if (EVP_PKEY_get_base_id(key.pkey.get()) == EVP_PKEY_ED25519) return key;
    if (EVP_PKEY_get_base_id(key.pkey.get()) != EVP_PKEY_RSA)
        return Flaw("the DKIM key of selector " + given.selector + " is neither RSA nor Ed25519");
    if (EVP_PKEY_get_bits(key.pkey.get()) < 1024)
        return Flaw("the DKIM key of selector " + given.selector + " has fewer than 1024 bits, which verifiers refuse");
    key.rsa.reset(EVP_PKEY_CTX_new(key.pkey.get(), nullptr));
    const bool ready = key.rsa && EVP_PKEY_sign_init(key.rsa.get()) == 1 &&
                       EVP_PKEY_CTX_set_rsa_padding(key.rsa.get(), RSA_PKCS1_PADDING) == 1 &&
                       EVP_PKEY_CTX_set_signature_md(key.rsa.get(), EVP_sha256()) == 1;
    if (!ready) return Flaw("the DKIM key of selector " + given.selector + " can't sign");
    return key;
}

}  // namespace

struct DkimSigner::State {
    std::string domain;
    std::vector<Key> keys;
    Digest sha256{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
    DigestContext digest{EVP_MD_CTX_new()};
    DigestContext ed25519{EVP_MD_CTX_new()};
    std::string body, fields, names, data;  ///< reused from mail to mail

    [[nodiscard]] std::optional<Hash> hash(std::string_view text) const {
        Hash result{};
        if (EVP_DigestInit_ex2(digest.get(), sha256.get(), nullptr) != 1 ||
            EVP_DigestUpdate(digest.get(), text.data(), text.size()) != 1 ||
            EVP_DigestFinal_ex(digest.get(), result.data(), nullptr) != 1)
            return {};
        return result;
    }

    [[nodiscard]] std::string signature(const Key& key, const Hash& hashed) const {
        std::array<unsigned char, 1024> bytes{};
        std::size_t size = bytes.size();
        bool signed_well = false;
        if (key.rsa) {
            signed_well = EVP_PKEY_sign(key.rsa.get(), bytes.data(), &size, hashed.data(), hashed.size()) == 1;
        } else {
            EVP_MD_CTX_reset(ed25519.get());
            signed_well = EVP_DigestSignInit(ed25519.get(), nullptr, nullptr, nullptr, key.pkey.get()) == 1 &&
                          EVP_DigestSign(ed25519.get(), bytes.data(), &size, hashed.data(), hashed.size()) == 1;
        }
        return signed_well ? as_base64({bytes.data(), size}) : std::string();
    }

    /// Fills `fields` with the canonical fields and `names` with the list for `h=`, a colon after each name.
    void gather(std::string_view head) {
        fields.clear();
        names.clear();
        const auto found = find_fields(head);
        for (std::size_t i = 0; i < found.size(); ++i) {
            const auto& [name, sealed] = signed_fields.at(i);
            const auto field = found.at(i);
            if (!field.empty()) {
                append_canonical_field(field, fields);
                fields += "\r\n";
                (names += name) += ':';
            }
            if (sealed) (names += name) += ':';
        }
    }

    /// The field up to `b=`.
    void append_unsigned(std::string& out, const Key& key, std::string_view body_hash,
                         std::chrono::sys_seconds at) const {
        Folder folder(out, out.size());
        folder.add("DKIM-Signature:", false);
        folder.add("v=1;", true);
        folder.add(key.rsa ? "a=rsa-sha256;" : "a=ed25519-sha256;", true);
        folder.add("c=relaxed/relaxed;", true);
        folder.add("d=" + domain + ';', true);
        folder.add("s=" + key.selector + ';', true);
        folder.add("t=" + std::to_string(at.time_since_epoch().count()) + ';', true);
        std::string_view rest = names;
        for (bool first = true; !rest.empty(); first = false) {
            const auto colon = rest.find(':');
            const bool last = colon + 1 == rest.size();
            const std::string name = std::string(rest.substr(0, colon)) + (last ? ';' : ':');
            folder.add(first ? "h=" + name : name, first);
            rest.remove_prefix(colon + 1);
        }
        folder.add("bh=" + std::string(body_hash) + ';', true);
        folder.add("b=", true);
    }
};

DkimSigner::DkimSigner(std::unique_ptr<State> state) : state_(std::move(state)) {}
DkimSigner::DkimSigner(DkimSigner&&) noexcept = default;
DkimSigner& DkimSigner::operator=(DkimSigner&&) noexcept = default;
DkimSigner::~DkimSigner() = default;

std::expected<DkimSigner, std::string> DkimSigner::create(std::string_view domain, const std::vector<DkimKey>& keys) {
    auto state = std::make_unique<State>();
    auto ascii = to_ascii_domain(domain);
    if (!ascii) return Flaw("dkim_domain: " + ascii.error());
    state->domain = std::move(*ascii);
    for (const DkimKey& given : keys) {
        const auto selector = to_ascii_domain(given.selector + ".x");
        if (!selector) return Flaw("a DKIM selector is no name: " + selector.error());
        auto key = read_key(given);
        if (!key) return Flaw(std::move(key).error());
        state->keys.push_back(std::move(*key));
    }
    if (!state->sha256 || !state->digest || !state->ed25519) return Flaw("OpenSSL offers no SHA-256");
    return DkimSigner(std::move(state));
}

std::string DkimSigner::sign(std::string_view head, std::string_view body, std::chrono::sys_seconds at) {
    State& s = *state_;
    canonical_body(body, s.body);
    const auto body_digest = s.hash(s.body);
    if (!body_digest) return {};
    const auto body_hash = as_base64(*body_digest);
    s.gather(head);
    std::string out;
    for (const Key& key : s.keys) {
        const auto start = out.size();
        s.append_unsigned(out, key, body_hash, at);
        s.data = s.fields;
        append_canonical_field(std::string_view(out).substr(start), s.data);
        const auto digest = s.hash(s.data);
        const auto signature = digest ? s.signature(key, *digest) : std::string();
        if (signature.empty()) return {};
        Folder(out, out.rfind("\r\n") + 2).add_long(signature);
        out += "\r\n";
    }
    return out;
}

}  // namespace chapar::email
