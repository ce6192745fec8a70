// What everybody shares below everything else: base64, hexadecimal digits, the edges of characters, descriptors.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <random>

#include "basic/base64.hpp"
#include "basic/descriptor.hpp"
#include "basic/hex.hpp"
#include "basic/utf8.hpp"

namespace chapar::basic {
namespace {

std::string noise(std::mt19937& random, std::size_t size) {
    std::string out(size, '\0');
    for (auto& byte : out)
        byte = static_cast<char>(random());
    return out;
}

std::string by_openssl(const std::string& bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

TEST(Base64, is_what_openssl_writes_and_comes_back) {
    std::mt19937 random(5);
    for (std::size_t size = 0; size < 400; ++size) {
        const auto bytes = noise(random, size);
        const auto text = to_base64(bytes);
        ASSERT_EQ(text, by_openssl(bytes)) << size;
        std::string back = "before ";
        ASSERT_TRUE(append_decoded(back, text)) << size;
        ASSERT_EQ(back, "before " + bytes) << size;
        std::string url;
        append_base64(url, bytes, Base64::url);
        EXPECT_EQ(url.find_first_of("+/"), std::string::npos);
        back.clear();
        ASSERT_TRUE(append_decoded(back, url, Base64::url)) << size;
        ASSERT_EQ(back, bytes) << size;
    }
}

TEST(Base64, what_is_none_is_refused) {
    std::string out;
    for (const std::string_view text : {"A", "AA", "AAA", "A===", "====", "AA=A", "A=AA", "AA==AAAA", "AA A", "AAA\n",
                                        "AA-A", "\xff\xff\xff\xff", "AAAA="})
        EXPECT_FALSE(append_decoded(out, text)) << text;
    EXPECT_FALSE(append_decoded(out, "AA+/", Base64::url));
    EXPECT_TRUE(append_decoded(out, ""));
}

TEST(Base64, bits_that_make_no_byte_are_told) {
    std::string out;
    EXPECT_FALSE(append_decoded(out, "QR=="));
    out.clear();
    EXPECT_TRUE(append_decoded(out, "QR==", Base64::standard, UnusedBits::any));
    EXPECT_EQ(out, "A");
}

TEST(Hex, digits_and_their_values) {
    EXPECT_EQ(to_hex(std::string_view("\x00\x7f\xff", 3)), "007fff");
    std::string out = "=";
    append_hex(out, '\xAB', upper_hex);
    EXPECT_EQ(out, "=AB");
    int known = 0;
    for (int c = -128; c < 128; ++c) {
        const int value = hex_value(static_cast<char>(c));
        known += value >= 0 ? 1 : 0;
        if (value < 0) continue;
        EXPECT_EQ(lower_hex[static_cast<std::size_t>(value)], static_cast<char>(c < 'A' ? c : c | 0x20));
    }
    EXPECT_EQ(known, 22);
}

TEST(Utf8, is_cut_between_characters) {
    const std::string text = "aسb€c😀";
    for (std::size_t most = 0; most <= text.size() + 2; ++most) {
        const auto part = cut(text, most);
        EXPECT_LE(part.size(), most);
        EXPECT_TRUE(text.starts_with(part));
        EXPECT_TRUE(part.size() == text.size() || !is_continuation(text[part.size()])) << most;
        EXPECT_TRUE(part.size() + 4 > most || part.size() == text.size()) << "no more is lost than a character";
    }
    EXPECT_EQ(character_begin("\x80\x80", 1), 0U) << "no character begins there";
}

int open_null() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST(Descriptor, has_one_owner) {
    int first = -1, second = -1;
    {
        Descriptor one(open_null());
        first = one.get();
        Descriptor other(std::move(one));
        EXPECT_FALSE(one.is_open());  // NOLINT(bugprone-use-after-move): that it is empty is the question
        EXPECT_TRUE(is_open(first));
        Descriptor third(open_null());
        second = third.get();
        third = std::move(other);
        EXPECT_FALSE(is_open(second));
        EXPECT_EQ(third.get(), first);
    }
    EXPECT_FALSE(is_open(first));
    Descriptor given(open_null());
    const int released = given.release();
    EXPECT_FALSE(given.is_open());
    EXPECT_TRUE(is_open(released));
    Descriptor(released).reset();
    EXPECT_FALSE(is_open(released));
}

}  // namespace
}  // namespace chapar::basic
