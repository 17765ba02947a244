# The commands and the web page, about 430 MB:
#
#     docker build -t digits .
#     docker run --rm -p 8000:8000 digits                                # the page, at http://localhost:8000
#     docker run --rm -v "$PWD:/work" digits predict picture.png         # any command, in the current folder
#     docker run --rm -v "$PWD:/work" -u "$(id -u)" -e HOME=/work digits train   # as a user whose number is not 1000

FROM python:3.13-slim AS build

# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends binutils && rm -rf /var/lib/apt/lists/*

# A container has no screen for the window, and no use for the tests of other packages. Only the modules that every
# command imports are compiled.
WORKDIR /source
COPY . .
RUN python -m venv --without-pip /opt/digits \
    && pip install --no-cache-dir --require-hashes --requirement requirements/build.txt \
    && pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheel . \
    && pip --python /opt/digits/bin/python install --no-cache-dir --no-compile --require-hashes \
        --requirement requirements/run.txt \
    && pip --python /opt/digits/bin/python install --no-cache-dir --no-compile --no-deps /wheel/*.whl \
    && pip --python /opt/digits/bin/python uninstall --yes pygame \
    && find /opt/digits/lib -type d -name tests -prune -exec rm -r {} + \
    && strip --strip-unneeded /opt/digits/lib/python3.13/site-packages/llvmlite/binding/libllvmlite.so
WORKDIR /opt/digits/lib/python3.13/site-packages
RUN /opt/digits/bin/python -m compileall -q apps nn numba numpy llvmlite

FROM python:3.13-slim

# OpenMP, for the threads of the kernels.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 digits \
    && install --directory --owner=digits /work
COPY --from=build /opt/digits /opt/digits
ENV PATH=/opt/digits/bin:$PATH
USER 1000
WORKDIR /work
EXPOSE 8000
ENTRYPOINT ["digits"]
CMD ["web", "--host=0.0.0.0", "--no-open"]
