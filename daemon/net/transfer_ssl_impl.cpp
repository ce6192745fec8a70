// The bodies of Asio's TLS streams, compiled once (its separate-compilation mode).
#include <boost/asio/ssl/impl/src.hpp>
