#pragma once

// Integers of any length, for .cpp files only: the library is heavy to compile.  GCC 12 sees
// uninitialized limbs in temporaries of it where there are none.

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <boost/multiprecision/cpp_int.hpp>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

namespace clinical::core {

using BigInteger = boost::multiprecision::cpp_int;

}  // namespace clinical::core
