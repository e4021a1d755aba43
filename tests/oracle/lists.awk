# lists.awk - lists of frame numbers: read, edited, and written short.  Used as `awk -f lists.awk -f PROGRAM`.
#
# A list is an array a[1..n] in rising order.  As text it is "1-3,7"; a text longer than LIST_MAX becomes "#count:hash".
# Always true: equal lists have equal text, so lists are compared as text, hashed or not.

BEGIN { LIST_MAX = ENVIRON["LIST_MAX"] ? ENVIRON["LIST_MAX"] : 200 }

# Text "1-3,7" to a[1..n]; returns n.
function list_read(text, a,    parts, ends, i, k, n, m) {
    split("", a)
    m = split(text, parts, ",")
    for (i = 1; i <= m; i++) {
        if (split(parts[i], ends, "-") == 1) ends[2] = ends[1]
        for (k = ends[1] + 0; k <= ends[2] + 0; k++) a[++n] = k
    }
    return n + 0
}

function list_whole(n, a,    i, j, text) {
    for (i = 1; i <= n; i = j + 1) {
        for (j = i; j < n && a[j + 1] == a[j] + 1; j++) ;
        text = text (text == "" ? "" : ",") a[i] (j > i ? "-" a[j] : "")
    }
    return text
}

# Two small hashes in numbers a double holds exactly.
function list_hash(n, a,    i, h, g) {
    h = 17; g = 29
    for (i = 1; i <= n; i++) {
        h = (h * 65599 + a[i]) % 2147483647
        g = (g * 8191 + a[i]) % 999999937
    }
    return sprintf("#%d:%08x%08x", n, h, g)
}

function list_short(n, a,    text) {
    text = list_whole(n, a)
    return length(text) > LIST_MAX ? list_hash(n, a) : text
}

# c = a without b when sign is "-", a with b when it is "+"; returns its length.
function list_edit(n, a, sign, m, b, c,    in_a, in_b, i, top, k) {
    split("", c)
    for (i = 1; i <= n; i++) { in_a[a[i]]; if (a[i] > top) top = a[i] }
    for (i = 1; i <= m; i++) { in_b[b[i]]; if (b[i] > top) top = b[i] }
    for (i = 1; i <= top; i++)
        if (sign == "+" ? (i in in_a) || (i in in_b) : (i in in_a) && !(i in in_b)) c[++k] = i
    return k + 0
}
