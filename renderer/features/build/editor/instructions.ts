/** The instructions of the Dockerfile language, each with what it does. */
export const instructions: Readonly<Record<string, string>> = {
  ADD: "Files, archives, addresses and git repositories into the image", ARG: "A value that the build is given", CMD: "What a container runs unless told otherwise",
  COPY: "Files of the folder or of another stage into the image", ENTRYPOINT: "What a container always runs", ENV: "A variable for steps and containers",
  EXPOSE: "A port that the program listens on", FROM: "The image to begin with; begins a stage", HEALTHCHECK: "How to ask whether the container works",
  LABEL: "A note about the image", ONBUILD: "An instruction for builds that begin with this image", RUN: "A command, run now", SHELL: "The shell that RUN and CMD use",
  STOPSIGNAL: "The signal that stops the container", USER: "Who runs what follows", VOLUME: "A folder whose files outlive the container", WORKDIR: "The folder that what follows runs in",
};
