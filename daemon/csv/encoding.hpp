#pragma once
// Which characters the bytes of a file mean, and their UTF-8. A guess is made from the whole of what was seen; nothing
// is ever replaced in silence. Pure but for ICU's tables; one object belongs to one thread.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace chapar::csv {

enum class Encoding : std::uint8_t { utf8, utf16le, utf16be, windows1256, windows1252 };

/// "UTF-8", "Windows-1256".
std::string_view name(Encoding encoding);
/// As people name them: "utf8", "cp1256", "UTF-16", "latin1" (read as Windows-1252, as browsers do).
std::optional<Encoding> encoding_named(std::string_view name);
/// For refusals.
inline constexpr std::string_view encoding_names = "utf-8, utf-16le, utf-16be, windows-1256 or windows-1252";

/// What a byte order mark at the beginning says; its length.
struct ByteOrderMark {
    Encoding encoding = Encoding::utf8;
    std::size_t size = 0;
};
std::optional<ByteOrderMark> byte_order_mark(std::string_view head);

/// Sees all bytes of a file, keeps a sample of those that tell.
class EncodingGuess {
  public:
    void feed(std::string_view bytes);
    /// Nothing: no text in any of them.
    std::optional<Encoding> result() const;

  private:
    void check_utf8(unsigned char byte);
    std::optional<Encoding> mark_;
    std::string start_;   // the first bytes, for a mark that comes in two pieces
    std::string sample_;  // bytes above ASCII with a neighbour on each side
    std::uint64_t bytes_ = 0, zeros_even_ = 0, zeros_odd_ = 0;
    bool is_utf8_ = true;
    int open_ = 0;  // continuation bytes that must follow
    unsigned char least_ = 0x80, most_ = 0xBF;
    unsigned char before_ = '\n';
    bool was_high_ = false;
};

/// Bytes to UTF-8, piece by piece. The byte order mark goes.
class Decoder {
  public:
    explicit Decoder(Encoding encoding) : encoding_(encoding) {}
    /// Appends what is whole. False: these bytes mean nothing in this encoding; what came before them is appended.
    bool feed(std::string_view bytes, std::string& out);
    /// False: the text ends within a character.
    bool finish() const { return rest_.empty(); }

  private:
    bool feed_utf8(std::string& out);
    bool feed_utf16(std::string& out);
    bool feed_table(std::string_view bytes, std::string& out);
    Encoding encoding_;
    std::string rest_;
    bool begun_ = false;
};

/// Persian in Windows-1256 has the Arabic ye, for it knows no other.
std::string persian_letters(std::string_view text);

}  // namespace chapar::csv
